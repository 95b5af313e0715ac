//! What every step knows: the environment, the commit, and the doors to programs and people.

use std::{fmt, fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use catalog::names;
use clap::ValueEnum;
use serde_json::Value;

use super::{
    Target,
    failure::{Done, Failure, Kind},
    programs::{Call, Output, Programs},
    screen::Screen,
};
use crate::project::Project;

/// Where Velox runs on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Environment {
    Dev,
    Staging,
    Prod,
}

impl Environment {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }

    /// The key of its account in `terraform/settings.json`.
    const fn account(self) -> &'static str {
        match self {
            Self::Dev | Self::Staging => "nonprod",
            Self::Prod => "prod",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A run of the pipeline.
pub(crate) struct World<'a> {
    pub(crate) project: &'a Project,
    pub(crate) programs: &'a dyn Programs,
    pub(crate) screen: &'a Screen,
    pub(crate) environment: Environment,
    /// Nothing is carried out: nothing is written down either, and nobody asked.
    pub(crate) is_dry: bool,
    /// Of HEAD: 40 hexadecimal digits.
    pub(crate) sha: String,
    /// 12 digits, from `terraform/settings.json`.
    pub(crate) account: String,
    /// Instead of the account's ECR.
    pub(crate) registry: Option<String>,
    /// Images are built soon and not well: to try the pipeline.
    pub(crate) quick_images: bool,
    /// Between two looks at something that is under way.
    pub(crate) poll: Duration,
    /// How long a rollout may take.
    pub(crate) patience: Duration,
}

impl<'a> World<'a> {
    pub(crate) fn new(
        project: &'a Project,
        programs: &'a dyn Programs,
        screen: &'a Screen,
        target: &Target,
    ) -> Done<Self> {
        let mut world = Self {
            project,
            programs,
            screen,
            environment: target.environment,
            is_dry: target.dry_run,
            sha: String::new(),
            account: account_of(project, target.environment)?,
            registry: None,
            quick_images: false,
            poll: seconds(target.poll).max(Duration::from_millis(1)),
            patience: seconds(target.rollout_timeout),
        };
        let head = Call::new("git", ["rev-parse", "HEAD"]).local();
        world.sha = world.run(Kind::Refused, &head)?.trim().to_owned();
        Ok(world)
    }

    /// A tree with changes has no name that a deployment could be found by.
    pub(crate) fn check_clean(&self) -> Done<()> {
        let changed = self.run(Kind::Refused, &Call::new("git", ["status", "--porcelain"]).local())?;
        let files: Vec<_> = changed.lines().take(5).collect();
        if files.is_empty() || self.is_dry {
            return Ok(());
        }
        let why = "there are changes that are in no commit: commit or stash them";
        Err(Failure::refused(format!("{why}\n{}", files.join("\n"))))
    }

    /// Runs it; an exit code that is not 0 is a failure of this kind.
    pub(crate) fn run(&self, kind: Kind, call: &Call) -> Done<String> {
        let output = self.attempt(call)?;
        if output.succeeded() { Ok(output.text) } else { Err(self.failed(kind, call, &output)) }
    }

    /// Runs it, whatever its exit code.
    pub(crate) fn attempt(&self, call: &Call) -> Done<Output> {
        self.programs.run(call).map_err(|why| Failure::new(Kind::Program, why))
    }

    pub(crate) fn failed(&self, kind: Kind, call: &Call, output: &Output) -> Failure {
        let reason = if call.is_shown { String::new() } else { format!("\n{}", output.reason()) };
        Failure::new(kind, format!("`{}` failed ({}){reason}", call.line(), output.code))
    }

    /// Runs a program that writes JSON.
    pub(crate) fn json(&self, kind: Kind, call: &Call) -> Done<Value> {
        let text = self.run(kind, call)?;
        let unclear = |error| Failure::new(kind, format!("`{}` wrote no JSON: {error}", call.line()));
        serde_json::from_str(&text).map_err(unclear)
    }

    /// A call of the AWS CLI, answered in JSON.
    pub(crate) fn aws<const N: usize>(&self, arguments: [&str; N]) -> Call {
        Call::new("aws", arguments).with(["--region", names::REGION, "--output", "json"])
    }

    /// A call of Terraform in the environment's root.
    pub(crate) fn terraform<const N: usize>(&self, arguments: [&str; N]) -> Call {
        Call::new("terraform", [format!("-chdir=terraform/envs/{}", self.environment)]).with(arguments)
    }

    /// A file of this environment and commit below `target/pipeline`. What went to a registry of one's own is not
    /// taken for what the account's has.
    pub(crate) fn file(&self, ending: &str) -> PathBuf {
        let registry = self.registry.iter().map(|host| format!("-{}", host.replace([':', '/'], "-")));
        let registry: String = registry.collect();
        self.project.path(format!("target/pipeline/{}-{}{registry}{ending}", self.environment, self.sha))
    }

    /// Writes such a file, unless nothing is carried out.
    pub(crate) fn write(&self, file: &PathBuf, text: &str) -> Done<()> {
        if self.is_dry {
            return Ok(());
        }
        let folder = self.project.path("target/pipeline");
        // Plans hold values that are secret.
        let closed = || fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        let written =
            fs::create_dir_all(&folder).and_then(|()| closed()).and_then(|()| fs::write(file, text));
        written.map_err(|error| Failure::refused(format!("{}: {error}", file.display())))
    }

    /// Looks again and again until there is an answer; none when the time is over.
    pub(crate) fn until<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut() -> Done<Option<T>>,
    ) -> Done<Option<T>> {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(answer) = look()? {
                return Ok(Some(answer));
            }
            if waited >= patience {
                return Ok(None);
            }
            self.programs.wait(self.poll);
            waited += self.poll;
        }
    }

    pub(crate) fn short_sha(&self) -> &str {
        &self.sha[..12.min(self.sha.len())]
    }

    /// Refuses when AWS knows us as somebody of another account.
    pub(crate) fn check_account(&self) -> Done<()> {
        let assumed = format!(r#"{{"Account":"{}"}}"#, self.account);
        let call = self.aws(["sts", "get-caller-identity"]).assume(assumed);
        let identity = self.json(Kind::Program, &call)?;
        match identity["Account"].as_str() {
            Some(account) if account == self.account => Ok(()),
            other => Err(Failure::refused(format!(
                "the credentials are of account {}, and {} is account {} (terraform/settings.json)",
                other.unwrap_or("(none)"),
                self.environment,
                self.account
            ))),
        }
    }
}

/// A time that was given in seconds; what is no time is none.
fn seconds(given: f64) -> Duration {
    Duration::try_from_secs_f64(given).unwrap_or_default()
}

/// Which account an environment is in.
pub(crate) fn account_of(project: &Project, environment: Environment) -> Done<String> {
    let file = project.path("terraform/settings.json");
    let unclear = |why: String| Failure::refused(format!("{}: {why}", file.display()));
    let text = fs::read_to_string(&file).map_err(|error| unclear(error.to_string()))?;
    let settings: Value = serde_json::from_str(&text).map_err(|error| unclear(error.to_string()))?;
    let key = environment.account();
    let account = settings[key]["account_id"].as_str().filter(|id| id.len() == 12);
    account.map(str::to_owned).ok_or_else(|| unclear(format!("{key}.account_id is not 12 digits")))
}
