//! Releases of dev as the pipeline makes them: its own program in a checkout of its own, with the real Terraform, AWS
//! CLI, skopeo and registry. Fake is what moto has not: containers that run, and hosts that answer.

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use catalog::Head;

use super::{
    copy, quietly, tail,
    world::{BACKEND, World},
};
use crate::check::{aws_cli::AWS_CLI, beside::ourselves, registry::Registry};

/// Where the pipeline's own environment is, relative to the checkout.
const ROOT: &str = "envs/dev";
/// On the PATH, and what stands behind it in `scripts/tests/fakes`.
const FAKES: [(&str, &str); 3] = [("aws", "aws-with-services"), ("cargo", "cargo"), ("curl", "curl")];
const IGNORED: &str = "target/\n*.tfplan\n*.tfstate*\n";

/// A checkout around a world's `terraform/`, and a registry.
pub(super) struct Releases<'w> {
    world: &'w World<'w>,
    registry: Registry,
    aws: PathBuf,
}

impl<'w> Releases<'w> {
    pub(super) fn prepare(world: &'w World<'w>) -> Result<Self, String> {
        let project = world.project;
        let releases = Self { world, registry: Registry::start(project)?, aws: AWS_CLI.ensure(project)? };
        copy(&project.path("domain/migrations"), &world.folder.join("domain/migrations"))?;
        let fakes = project.path("scripts/tests/fakes");
        let made = || {
            releases.write(".gitignore", IGNORED)?;
            releases.write("functions/catalog/Cargo.toml", "")?;
            fs::create_dir_all(releases.fake("state"))?;
            fs::create_dir_all(releases.fake("bin"))?;
            FAKES
                .iter()
                .try_for_each(|(name, fake)| symlink(fakes.join(fake), releases.fake("bin").join(name)))
        };
        made().map_err(|error: io::Error| format!("{}: {error}", world.folder.display()))?;
        releases.git(&["init", "--quiet"])?;
        releases.commit("one")?;
        Ok(releases)
    }

    /// Changes the sources of all services and commits everything.
    pub(super) fn commit(&self, source: &str) -> Result<(), String> {
        let written = Head::ALL
            .iter()
            .try_for_each(|head| self.write(&format!("functions/{}/source", head.name()), source));
        written.map_err(|error| format!("{}: {error}", self.world.folder.display()))?;
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--message", source])
    }

    /// A migration that comes after all others.
    pub(super) fn migration(&self) -> Result<(), String> {
        let file = "domain/migrations/9999_check.sql";
        self.write(file, "CREATE TABLE check_of_releases (id int);\n")
            .map_err(|error| format!("{file}: {error}"))
    }

    /// `cargo velox pipeline dev` with these arguments, which ends with this code.
    pub(super) fn pipeline(&self, arguments: &str, rollout: &str, code: i32) -> Result<(), String> {
        let registry = &self.registry.address;
        let line = format!("pipeline dev --poll 0.5 --rollout-timeout 1 --registry {registry} {arguments}");
        self.velox(&line, |command| command.env("FAKE_ROLLOUT", rollout), code).map(drop)
    }

    /// Sets a secret of a place, as one does by a pipe, and sees that it is listed as set.
    pub(super) fn secret(&self, place: &str, owner: &str, key: &str) -> Result<(), String> {
        let file = self.fake("state").join("typed");
        let typed = fs::write(&file, "typed-by-nobody").and_then(|()| fs::File::open(&file));
        let typed = typed.map_err(|error| format!("{}: {error}", file.display()))?;
        self.velox(&format!("secret set {place} {owner} {key}"), |command| command.stdin(typed), 0)?;
        let listed = self.velox(&format!("secret list {place}"), |command| command, 0)?;
        let line = listed.lines().find(|line| line.contains(&format!("/{place}/{owner}/{key} ")));
        match line {
            Some(line) if line.contains("version 2") => Ok(()),
            _ => Err(format!("{place} {owner} {key} is not listed as set:\n{listed}")),
        }
    }

    /// Runs `cargo velox` in the checkout until it ends with this code; what it said.
    fn velox(
        &self,
        line: &str,
        prepare: impl FnOnce(&mut Command) -> &mut Command,
        code: i32,
    ) -> Result<String, String> {
        let mut command = self.world.project.command(ourselves()?);
        command.args(line.split_whitespace()).stdin(Stdio::null());
        self.equip(&mut command)?;
        let output = prepare(&mut command).output();
        let output = output.map_err(|error| format!("cargo velox {line}: {error}"))?;
        let said = said(&output);
        if output.status.code() == Some(code) {
            return Ok(said);
        }
        Err(format!("cargo velox {line} ended with {}, not {code}:\n{}", output.status, tail(&said)))
    }

    fn equip(&self, command: &mut Command) -> Result<(), String> {
        command.current_dir(&self.world.folder);
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy();
            if ["CARGO", "SENTRY", "GIT_"].iter().any(|prefix| name.starts_with(prefix)) {
                command.env_remove(&key);
            }
        }
        self.world.equip(command, ROOT);
        command.env("TF_CLI_ARGS_init", BACKEND).env("TF_CLI_ARGS_plan", super::apply::PARALLELISM);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.fake("bin")).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).map_err(|error| error.to_string())?);
        command.env("FAKE_STATE", self.fake("state")).env("VELOX_AWS_CLI", &self.aws);
        command.env("VELOX_SCRIPTS", ourselves()?);
        Ok(())
    }

    /// What the commit's images are, as the pipeline told Terraform.
    pub(super) fn variables(&self) -> Result<String, String> {
        Ok(format!("-var-file={}", self.left("tfvars.json")?.display()))
    }

    /// The plan that waits to be applied.
    pub(super) fn plan(&self) -> Result<String, String> {
        Ok(self.left("tfplan")?.display().to_string())
    }

    /// What the pipeline has left of the commit.
    fn left(&self, ending: &str) -> Result<PathBuf, String> {
        let mut git = self.world.project.command("git");
        git.current_dir(&self.world.folder).args(["rev-parse", "HEAD"]);
        let output = git.output().map_err(|error| format!("git: {error}"))?;
        let name = format!("dev-{}-{}", said(&output).trim(), self.registry.address.replace([':', '/'], "-"));
        Ok(self.world.folder.join("target/pipeline").join(format!("{name}.{ending}")))
    }

    fn git(&self, arguments: &[&str]) -> Result<(), String> {
        let mut git = self.world.project.command("git");
        git.current_dir(&self.world.folder);
        git.args([
            "-c",
            "user.name=check",
            "-c",
            "user.email=check@velox.example",
            "-c",
            "commit.gpgsign=false",
        ]);
        quietly(git.args(arguments), "git")
    }

    fn fake(&self, name: &str) -> PathBuf {
        self.world.folder.join("target").join(name)
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        let file = self.world.folder.join(file);
        fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
        fs::write(file, text)
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text)).concat()
}
