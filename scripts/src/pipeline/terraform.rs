//! The steps `plan` and `apply`: what is applied is the plan that was shown, and nothing else.

use std::fs;

use serde_json::json;

use super::{
    failure::{Done, Failure, Kind},
    state::{Deployment, Planned, Pushed, Service},
    world::{Environment, World},
};

/// What Terraform's state says of the environment; none before the first apply.
pub(crate) fn deployment(world: &World<'_>) -> Done<Option<Deployment>> {
    init(world)?;
    let call = world.terraform(["output", "-json"]);
    let outputs = world.json(Kind::Plan, &call.assume(assumed(world).to_string()))?;
    let Some(deployment) = outputs.get("deployment") else { return Ok(None) };
    let unclear = |error| Failure::new(Kind::Plan, format!("Terraform's output `deployment`: {error}"));
    serde_json::from_value(deployment["value"].clone()).map(Some).map_err(unclear)
}

/// In a dry run.
fn assumed(world: &World<'_>) -> serde_json::Value {
    let name = |what: &str| format!("{}-{}-{what}", catalog::names::PREFIX, world.environment);
    let mut deployment = Deployment { cluster: name("(cluster)"), ..Deployment::default() };
    deployment.migration.task_definition = name("migrate");
    for head in catalog::Head::ALL {
        let service = Service { name: head.name().to_owned(), ..Service::default() };
        deployment.services.insert(head.name().to_owned(), service);
        if let Some(host) = head.host() {
            deployment.urls.insert(host.label().to_owned(), format!("https://{}", host.name("(domain)")));
        }
    }
    json!({ "deployment": { "value": deployment } })
}

fn init(world: &World<'_>) -> Done<()> {
    let call = world.terraform(["init", "-input=false", "-no-color", "-lockfile=readonly"]);
    world.run(Kind::Plan, &call).map(drop)
}

/// Saves and shows what would be done; in prod it must be wanted by whoever sees it.
pub(crate) fn plan(world: &World<'_>, pushed: &Pushed, sha: &str) -> Done<Planned> {
    let (variables, file) = (world.file(".tfvars.json"), world.file(".tfplan"));
    let images = json!({ "images": pushed.images, "release": sha });
    world.write(&variables, &format!("{images:#}\n"))?;
    init(world)?;
    let call =
        world.terraform(["plan", "-input=false", "-no-color", "-lock-timeout=5m", "-detailed-exitcode"]);
    let named = [format!("-var-file={}", variables.display()), format!("-out={}", file.display())];
    let call = call.with(named).shown();
    let output = world.attempt(&call)?;
    // "-detailed-exitcode": 0 nothing to do, 1 an error, 2 there are changes.
    let has_changes = match output.code {
        0 => world.is_dry,
        2 => true,
        _ => return Err(world.failed(Kind::Plan, &call, &output)),
    };
    if has_changes && world.environment == Environment::Prod && !world.is_dry {
        confirm(world)?;
    }
    Ok(Planned { file: file.display().to_string(), has_changes })
}

/// At a terminal somebody has seen the plan and is asked; in CI `--env prod` and whoever approved the run have spoken.
fn confirm(world: &World<'_>) -> Done<()> {
    match world.screen.ask("Apply this plan to prod? Type prod: ") {
        Some(answer) if answer.trim() != world.environment.name() => {
            Err(Failure::new(Kind::Unconfirmed, "the plan was not confirmed: nothing was applied"))
        }
        _ => Ok(()),
    }
}

/// Applies the saved plan. Terraform itself refuses one that is older than its state.
pub(crate) fn apply(world: &World<'_>, planned: &Planned) -> Done<Deployment> {
    if planned.has_changes {
        let call = world.terraform(["apply", "-input=false", "-no-color", "-lock-timeout=5m"]);
        world.run(Kind::Apply, &call.with([planned.file.as_str()]).shown())?;
    }
    if !world.is_dry {
        let _ = fs::remove_file(&planned.file);
    }
    let missing = || {
        let root = format!("terraform/envs/{}", world.environment);
        Failure::new(Kind::Apply, format!("{root} has no output `deployment` (docs/deploy.md)"))
    };
    deployment(world)?.ok_or_else(missing)
}
