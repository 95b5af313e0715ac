//! What each step left, typed; kept in `target/pipeline/<env>-<sha>.json`, so that a run can go on where another
//! ended and a single step finds what it needs.

use std::{collections::BTreeMap, fs};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::{
    failure::{Done, Failure, Kind},
    world::World,
};

/// The steps in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// Format, lints and tests, side by side.
    Quality,
    /// Images of the services that the registry does not have.
    Build,
    /// Images to the registry, tagged with the commit.
    Push,
    /// Terraform's variables are what the catalogue says.
    Sync,
    /// New migrations are checked, then run as a task.
    Migrate,
    /// What Terraform would do, saved and shown.
    Plan,
    /// The saved plan.
    Apply,
    /// Until the services are stable, or back at the version before.
    Rollout,
    /// Requests to what runs.
    Smoke,
    /// A release in Sentry.
    Note,
}

impl Step {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Quality => "quality",
            Self::Build => "build",
            Self::Push => "push",
            Self::Sync => "sync",
            Self::Migrate => "migrate",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Rollout => "rollout",
            Self::Smoke => "smoke",
            Self::Note => "note",
        }
    }

    /// Whether it asks or changes the environment's account.
    pub(crate) const fn is_of_account(self, world: &World<'_>) -> bool {
        match self {
            Self::Quality | Self::Sync => false,
            Self::Build | Self::Push => world.registry.is_none(),
            _ => true,
        }
    }
}

/// By service.
pub(crate) type Digests = BTreeMap<String, String>;

/// Where a service's image is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Built {
    /// `sha256:…` of its manifest.
    pub(crate) digest: String,
    /// Tag of the sources that it was made of.
    pub(crate) source: String,
    /// The registry has it: nothing was built.
    pub(crate) is_in_registry: bool,
}

/// Images by digest, as Terraform takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pushed {
    /// `<registry>/<repository>@sha256:…` by service.
    pub(crate) images: Digests,
}

/// How the schema came to be what the images want.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Migrated {
    /// The release that runs; none before the first.
    pub(crate) from: Option<String>,
    /// New files in `domain/migrations`.
    pub(crate) files: Vec<String>,
    /// There is nothing yet that could run them: it is done after the apply.
    pub(crate) is_postponed: bool,
}

/// A saved plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Planned {
    /// Its file.
    pub(crate) file: String,
    pub(crate) has_changes: bool,
}

/// What Terraform says of the environment (its output `deployment`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) cluster: String,
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) migration: Migration,
    /// By host: `app`, `api`, `admin`.
    pub(crate) urls: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    /// ARN of the revision that Terraform wants to run.
    pub(crate) task_definition: String,
    pub(crate) log_group: String,
}

/// The one-off task of the function `migrate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Migration {
    pub(crate) task_definition: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) log_group: String,
}

/// Every step's output.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) quality: Option<Vec<String>>,
    pub(crate) build: Option<BTreeMap<String, Built>>,
    pub(crate) push: Option<Pushed>,
    pub(crate) sync: Option<bool>,
    pub(crate) migrate: Option<Migrated>,
    pub(crate) plan: Option<Planned>,
    pub(crate) apply: Option<Deployment>,
    pub(crate) rollout: Option<Vec<String>>,
    pub(crate) smoke: Option<Vec<String>>,
    pub(crate) note: Option<String>,
}

impl State {
    /// What runs of this environment and commit have left; empty when there was none.
    pub(crate) fn read(world: &World<'_>) -> Self {
        let text = fs::read_to_string(world.file(".json")).ok();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    pub(crate) fn write(&self, world: &World<'_>) -> Done<()> {
        let unclear = |error: serde_json::Error| Failure::refused(error.to_string());
        let text = serde_json::to_string_pretty(self).map_err(unclear)?;
        world.write(&world.file(".json"), &text)
    }

    /// Whether a step need not be done again. A plan is old as soon as it is made, unless it was applied.
    pub(crate) fn has(&self, step: Step) -> bool {
        match step {
            Step::Quality => self.quality.is_some(),
            Step::Build => self.build.is_some(),
            Step::Push => self.push.is_some(),
            Step::Sync => self.sync.is_some(),
            Step::Migrate => self.migrate.is_some(),
            Step::Plan | Step::Apply => self.apply.is_some(),
            Step::Rollout => self.rollout.is_some(),
            Step::Smoke => self.smoke.is_some(),
            Step::Note => self.note.is_some(),
        }
    }
}

/// An earlier step's output, or which step has to be run for it.
pub(crate) fn left_by<T: Clone>(step: Step, output: &Option<T>) -> Done<T> {
    let missing = || {
        let name = step.name();
        Failure::new(
            Kind::Refused,
            format!("run the step `{name}` first (`--only {name}`): its output is needed"),
        )
    };
    output.clone().ok_or_else(missing)
}
