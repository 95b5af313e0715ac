//! The steps in their order, each with the typed outputs of those before.

use super::{
    failure::Done,
    failure::Kind,
    images, migrate, note,
    programs::Call,
    quality,
    record::{self, Release},
    rollout, smoke,
    state::{Deployment, State, Step, left_by},
    terraform,
    world::World,
};

/// Does one step and keeps what it leaves.
pub(crate) fn carry_out(world: &World<'_>, step: Step, state: &mut State) -> Done<String> {
    let built = || left_by(Step::Build, &state.build);
    let pushed = || left_by(Step::Push, &state.push);
    let applied = || left_by(Step::Apply, &state.apply);
    match step {
        Step::Quality => state.quality = Some(quality::run(world)?),
        Step::Build => state.build = Some(images::build(world)?),
        Step::Push => state.push = Some(images::push(world, &built()?)?),
        Step::Sync => state.sync = Some(sync(world)?),
        Step::Migrate => state.migrate = Some(migrate::run(world, &pushed()?.images)?),
        Step::Plan => state.plan = Some(terraform::plan(world, &pushed()?, &world.sha)?),
        Step::Apply => state.apply = Some(apply(world, state)?),
        Step::Rollout => {
            let release = Release { sha: world.sha.clone(), images: pushed()?.images, ..Release::default() };
            state.rollout = Some(settle(world, &applied()?, &release)?);
        }
        Step::Smoke => state.smoke = Some(smoke::run(world, &applied()?)?),
        Step::Note => state.note = Some(note::run(world, &world.sha)?),
    }
    Ok(told(step, state))
}

fn sync(world: &World<'_>) -> Done<bool> {
    world.run(Kind::Sync, &Call::new("cargo", ["velox", "sync", "--check"])).map(|_| true)
}

fn apply(world: &World<'_>, state: &State) -> Done<Deployment> {
    let migrated = left_by(Step::Migrate, &state.migrate)?;
    let deployment = terraform::apply(world, &left_by(Step::Plan, &state.plan)?)?;
    if migrated.is_postponed {
        migrate::execute(world, &deployment, &left_by(Step::Push, &state.push)?.images)?;
    }
    Ok(deployment)
}

/// Watches, and writes down what runs when it does.
pub(crate) fn settle(world: &World<'_>, deployment: &Deployment, release: &Release) -> Done<Vec<String>> {
    let services = rollout::watch(world, deployment)?;
    record::write(world, release)?;
    Ok(services)
}

/// What a step left, in a few words.
fn told(step: Step, state: &State) -> String {
    let words = match step {
        Step::Quality => state.quality.as_ref().map(|names| names.join(", ")),
        Step::Build => state.build.as_ref().map(|images| {
            let known = images.values().filter(|image| image.is_in_registry).count();
            format!("{} built, {known} in the registry", images.len() - known)
        }),
        Step::Push => state.push.as_ref().map(|pushed| format!("{} images", pushed.images.len())),
        Step::Migrate => state.migrate.as_ref().map(|migrated| format!("{} new", migrated.files.len())),
        Step::Plan => state
            .plan
            .as_ref()
            .map(|plan| if plan.has_changes { "changes" } else { "nothing to change" }.to_owned()),
        Step::Rollout => state.rollout.as_ref().map(|services| format!("{} stable", services.join(", "))),
        Step::Note => state.note.clone(),
        Step::Sync | Step::Apply | Step::Smoke => None,
    };
    words.unwrap_or_default()
}
