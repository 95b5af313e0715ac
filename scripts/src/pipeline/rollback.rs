//! `cargo velox rollback <env>`: the images of the release before, by the same plan, apply and watch.
//!
//! No image is built and no migration undone: expand and contract sees to it that the release before works on the
//! schema of the one after.

use clap::Args;

use super::{
    Target,
    failure::{Done, Failure},
    note,
    record::{self, Release},
    smoke,
    state::{Pushed, Step},
    steps::settle,
    terraform,
    world::World,
};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Back to this release (the beginning of its git SHA) instead of the one before.
    #[arg(long)]
    to: Option<String>,
}

pub(crate) fn run(world: &World<'_>, arguments: &Arguments) -> Done<()> {
    let screen = world.screen;
    let history = record::history(world)?;
    let Some(running) = history.last() else {
        return Err(Failure::refused(format!("{} has had no release", world.environment)));
    };
    let target = match &arguments.to {
        Some(sha) => history.iter().rev().find(|release| release.sha.starts_with(sha.as_str())),
        None => record::previous(&history),
    };
    let target = target.ok_or_else(|| Failure::refused("there is no such release to go back to"))?;
    screen.line(&format!("{}: from {} back to {}", world.environment, running.sha, target.sha));
    let pushed = Pushed { images: target.images.clone() };
    let plan = || terraform::plan(world, &pushed, &target.sha);
    let planned = screen.step(Step::Plan.name(), plan, |_| String::new())?;
    let deployment =
        screen.step(Step::Apply.name(), || terraform::apply(world, &planned), |_| String::new())?;
    let release = Release { instead_of: Some(running.sha.clone()), ..target.clone() };
    let settled = || settle(world, &deployment, &release);
    screen.step(Step::Rollout.name(), settled, |services| services.join(", "))?;
    screen.step(Step::Smoke.name(), || smoke::run(world, &deployment), |_| String::new())?;
    screen.step(Step::Note.name(), || note::run(world, &target.sha), Clone::clone)?;
    Ok(())
}
