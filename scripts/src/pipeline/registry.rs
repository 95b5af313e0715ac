//! The registry that holds the images: how it is entered, and what it has.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use catalog::names;

use super::{
    failure::{Done, Failure, Kind},
    programs::Call,
    world::World,
};

/// An entered registry; left when dropped.
pub(crate) struct Registry<'w> {
    world: &'w World<'w>,
    host: String,
    /// Where skopeo finds the password; none where no password is asked for.
    authentication: Option<PathBuf>,
}

impl<'w> Registry<'w> {
    /// The password goes from program to program by standard input: it stands in no argument.
    pub(crate) fn enter(world: &'w World<'w>) -> Done<Self> {
        if let Some(host) = &world.registry {
            return Ok(Self { world, host: host.clone(), authentication: None });
        }
        let host = format!("{}.dkr.ecr.{}.amazonaws.com", world.account, names::REGION);
        let file = world.file(".auth.json");
        private(world, &file)?;
        let entered = Self { world, host, authentication: Some(file.clone()) };
        let ask = Call::new("aws", ["ecr", "get-login-password", "--region", names::REGION]);
        let password = world.run(Kind::Push, &ask.assume("(password)"))?;
        world.screen.masks.hide(&password);
        let login = Call::new("skopeo", ["login", "--username", "AWS", "--password-stdin", "--authfile"]);
        let file = file.display().to_string();
        world.run(Kind::Push, &login.with([file.as_str(), &entered.host]).input(password.trim()))?;
        Ok(entered)
    }

    /// `<host>/velox/<service>`.
    pub(crate) fn repository(&self, service: &str) -> String {
        format!("{}/{}/{service}", self.host, names::PREFIX)
    }

    /// The digest under a tag; none when there is no such tag.
    pub(crate) fn digest(&self, service: &str, tag: &str) -> Done<Option<String>> {
        let reference = format!("docker://{}:{tag}", self.repository(service));
        let call = Call::new("skopeo", ["inspect", "--no-tags", "--format", "{{.Digest}}"]);
        let call = call.with(self.options("")).with([reference]);
        let output = self.world.attempt(&call)?;
        if output.succeeded() {
            return Ok(Some(output.text.trim().to_owned()).filter(|digest| !digest.is_empty()));
        }
        // The codes of the OCI distribution specification, and their texts as registries write them.
        let unknown = ["manifest unknown", "not found", "name unknown"];
        let told = output.complaint.to_lowercase();
        if unknown.iter().any(|words| told.contains(words)) {
            return Ok(None);
        }
        Err(self.world.failed(Kind::Push, &call, &output))
    }

    /// Copies an image (`oci:<folder>` or `docker://…`) to a tag, as it is to the byte.
    pub(crate) fn copy(&self, from: &str, service: &str, tag: &str) -> Done<()> {
        let to = format!("docker://{}:{tag}", self.repository(service));
        let call = Call::new("skopeo", ["copy", "--preserve-digests", "--quiet"]);
        let mut call = call.with(self.options("dest-"));
        if from.starts_with("docker://") {
            call = call.with(self.options("src-"));
        }
        self.world.run(Kind::Push, &call.with([from, &to])).map(drop)
    }

    fn options(&self, prefix: &str) -> Vec<String> {
        let mut options = Vec::new();
        if let Some(file) = &self.authentication {
            options.extend([format!("--{prefix}authfile"), file.display().to_string()]);
        }
        if self.host.starts_with("127.0.0.1:") || self.host.starts_with("localhost:") {
            options.push(format!("--{prefix}tls-verify=false"));
        }
        options
    }
}

impl Drop for Registry<'_> {
    fn drop(&mut self) {
        if let Some(file) = &self.authentication {
            let _ = fs::remove_file(file);
        }
    }
}

/// An empty file of credentials that nobody else may read.
fn private(world: &World<'_>, file: &PathBuf) -> Done<()> {
    world.write(file, "{}")?;
    if world.is_dry {
        return Ok(());
    }
    let closed = fs::set_permissions(file, fs::Permissions::from_mode(0o600));
    closed.map_err(|error| Failure::refused(format!("{}: {error}", file.display())))
}
