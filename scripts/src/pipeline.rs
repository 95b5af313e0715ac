//! `cargo velox pipeline <env>`, `rollback <env>` and `secret`: a commit's way to an environment on AWS.
//!
//! The steps are typed: each takes what those before it left ([`state`]). Whatever others wrote (`aws`, `terraform`,
//! `skopeo`, `git`, `cargo`, `curl`) runs through one door ([`programs`]).

mod alter_table;
mod expand;
mod failure;
mod images;
mod mask;
mod migrate;
mod note;
mod programs;
mod quality;
mod record;
mod registry;
pub(crate) mod rollback;
mod rollout;
mod screen;
pub(crate) mod secret;
mod smoke;
mod sql;
mod state;
mod steps;
mod task;
mod terraform;
#[cfg(test)]
mod tests;
mod world;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use self::{
    failure::{Done, Failure},
    programs::{Dry, Programs, Real},
    screen::Screen,
    state::{State, Step},
    world::{Environment, World},
};
use crate::project::Project;

/// Where to, and how carefully.
#[derive(Args)]
pub(crate) struct Target {
    /// The environment.
    environment: Environment,
    /// The environment once more: prod is touched only when it is named twice.
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    again: Option<Environment>,
    /// Prints every command and carries none out.
    #[arg(long)]
    dry_run: bool,
    /// Seconds that a rollout may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 900.0)]
    rollout_timeout: f64,
    /// Seconds between two looks at a rollout.
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    poll: f64,
}

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// These steps alone; what they need of others is taken from the last run of this commit.
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
    /// All steps but these: `quality` where another job has done it.
    #[arg(long, value_name = "STEP", conflicts_with = "only")]
    skip: Vec<Step>,
    /// Goes on where the last run of this commit ended.
    #[arg(long, conflicts_with = "only")]
    resume: bool,
    /// A registry that asks for no password, instead of the account's ECR: `127.0.0.1:5000`.
    #[arg(long, value_name = "HOST:PORT")]
    registry: Option<String>,
    /// Images that are soon done, bigger and slower: to try the pipeline with a registry of one's own.
    #[arg(long, requires = "registry")]
    quick_images: bool,
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> ExitCode {
    within(project, &arguments.target, true, |world| {
        world.registry.clone_from(&arguments.registry);
        world.quick_images = arguments.quick_images;
        deploy(world, arguments)
    })
}

pub(crate) fn roll_back(project: &Project, arguments: &rollback::Arguments) -> ExitCode {
    within(project, &arguments.target, true, |world| {
        world.check_clean()?;
        world.check_account()?;
        rollback::run(world, arguments)
    })
}

pub(crate) fn secrets(project: &Project, command: &secret::Command) -> ExitCode {
    within(project, &command.target(), command.changes(), |world| {
        world.check_account()?;
        secret::run(world, command)
    })
}

/// Around every command: the world it works in, and how it ends.
fn within(
    project: &Project,
    target: &Target,
    changes: bool,
    work: impl FnOnce(&mut World<'_>) -> Done<()>,
) -> ExitCode {
    let screen = Screen::new();
    let real = Real { project, screen: &screen };
    let dry = Dry { real: Real { project, screen: &screen }, screen: &screen };
    let programs: &dyn Programs = if target.dry_run { &dry } else { &real };
    let done = target.check(changes).and_then(|()| World::new(project, programs, &screen, target));
    let done = done.and_then(|mut world| work(&mut world));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            screen.line(&failure.message);
            failure.code()
        }
    }
}

fn deploy(world: &World<'_>, arguments: &Arguments) -> Done<()> {
    world.check_clean()?;
    let mut selected: Vec<Step> = arguments.only.clone();
    if selected.is_empty() {
        selected = Step::value_variants().to_vec();
    }
    selected.retain(|step| !arguments.skip.contains(step));
    selected.sort_unstable();
    selected.dedup();
    if selected.iter().any(|step| step.is_of_account(world)) {
        world.check_account()?;
    }
    world.screen.line(&format!("{} to {}", world.sha, world.environment));
    let goes_on = arguments.resume || !arguments.only.is_empty();
    let mut state = if goes_on { State::read(world) } else { State::default() };
    for step in selected {
        if arguments.resume && state.has(step) {
            world.screen.line(&format!("– {} was done before", step.name()));
            continue;
        }
        let work = || steps::carry_out(world, step, &mut state);
        world.screen.step(step.name(), work, Clone::clone)?;
        state.write(world)?;
    }
    Ok(())
}

impl Target {
    /// Where nothing is waited for.
    const fn at(environment: Environment, again: Option<Environment>, dry_run: bool) -> Self {
        Self { environment, again, dry_run, rollout_timeout: 0.0, poll: 0.0 }
    }

    fn check(&self, changes: bool) -> Done<()> {
        let environment = self.environment;
        if self.again.is_some_and(|again| again != environment) {
            return Err(Failure::refused(format!("--env names another environment than {environment}")));
        }
        if environment == Environment::Prod && self.again.is_none() && changes && !self.dry_run {
            return Err(Failure::refused("prod is touched only when it is named twice: add `--env prod`"));
        }
        Ok(())
    }
}
