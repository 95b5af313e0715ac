//! An AWS account that moto plays, and Terraform's roots applied to it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{copy, quietly, tool::Terraform};
use crate::{
    check::moto::{MOTO, Server},
    project::Project,
};

/// What a root is told besides: moto's endpoints have no host name per bucket, and what moto does not know it does not
/// know at the twentieth try either.
const PROVIDER: &str = "provider \"aws\" {\n  max_retries       = 2\n  s3_use_path_style = true\n}\n";

/// How a root finds its state in moto's S3.
pub(super) const BACKEND: &str = "-backend-config=use_path_style=true";

/// An empty account with a copy of `terraform/` for it.
pub(super) struct World<'a> {
    pub(super) project: &'a Project,
    terraform: &'a Terraform,
    python: PathBuf,
    /// With `terraform/` in it, as a checkout has it.
    pub(super) folder: PathBuf,
    endpoint: String,
    /// Stopped when dropped.
    _server: Server,
}

impl<'a> World<'a> {
    /// Starts moto as the account in which `root` works.
    pub(super) fn start(project: &'a Project, terraform: &'a Terraform, root: &str) -> Result<Self, String> {
        let python = MOTO.ensure(project)?.with_file_name("python");
        let folder = project.path(".velox/terraform").join(root.replace('/', "-"));
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let copied = folder.join("terraform");
        copy(&project.path("terraform"), &copied)?;
        for root in super::ROOTS {
            let path = copied.join(root).join("moto_override.tf");
            fs::write(&path, PROVIDER).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        let mut command = project.command(&python);
        command.arg(project.path("terraform/tests/moto_server.py"));
        command.env("MOTO_ACCOUNT_ID", account(&copied.join(root))?);
        command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        let (server, port) = Server::start_as(command)?;
        let endpoint = format!("http://127.0.0.1:{port}");
        Ok(Self { project, terraform, python, folder, endpoint, _server: server })
    }

    /// Terraform in a root of this world.
    pub(super) fn terraform(&self, root: &str, arguments: &[&str]) -> Result<(), String> {
        let what = format!("terraform {} in {root}", arguments.join(" "));
        quietly(self.command(root).args(arguments).arg("-no-color"), &what)
    }

    /// What Terraform says, as JSON.
    pub(super) fn json(&self, root: &str, arguments: &[&str]) -> Result<Value, String> {
        let text = self.text(root, arguments)?;
        serde_json::from_str(&text).map_err(|error| format!("terraform {}: {error}", arguments.join(" ")))
    }

    /// What Terraform says.
    pub(super) fn text(&self, root: &str, arguments: &[&str]) -> Result<String, String> {
        let output = self.command(root).args(arguments).output();
        let output = output.map_err(|error| format!("terraform: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("terraform {} in {root}: {said}", arguments.join(" ")));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Initializes a root with the backend that it names, in moto's S3.
    pub(super) fn initialize(&self, root: &str) -> Result<(), String> {
        let mut arguments = vec!["init", "-lockfile=readonly"];
        if root != "bootstrap" {
            arguments.push(BACKEND);
        }
        self.terraform(root, &arguments)
    }

    /// Runs a program in Python with the AWS SDK in `client(service)`.
    pub(super) fn python(&self, program: &str) -> Result<(), String> {
        let prelude = "import boto3, sys\nclient = boto3.client\n";
        let mut python = self.project.command(&self.python);
        self.environment(&mut python);
        quietly(python.arg("-c").arg(format!("{prelude}{program}")), "python")
    }

    fn command(&self, root: &str) -> Command {
        let mut command = self.terraform.command(self.project, &self.root(root));
        self.environment(&mut command);
        command
    }

    fn root(&self, root: &str) -> PathBuf {
        self.folder.join("terraform").join(root)
    }

    /// What a program needs that starts Terraform in a root, or the AWS CLI.
    pub(super) fn equip(&self, command: &mut Command, root: &str) {
        self.terraform.environment(command, &self.root(root));
        self.environment(command);
    }

    /// Credentials that open nothing, and no way to any other account.
    fn environment(&self, command: &mut Command) {
        for key in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
            command.env_remove(key);
        }
        for key in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM"]
        {
            command.env(key, &self.endpoint);
        }
        command.env("AWS_ACCESS_KEY_ID", "moto").env("AWS_SECRET_ACCESS_KEY", "moto");
        command.env("AWS_REGION", catalog::names::REGION).env("AWS_DEFAULT_REGION", catalog::names::REGION);
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/dev/null");
        command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    }
}

/// The account that a root is told to work in.
fn account(root: &Path) -> Result<String, String> {
    let path = root.join("catalog.auto.tfvars.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let values: Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let id = values.pointer("/account/account_id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| format!("{}: no account", path.display()))
}
