//! The step `rollout`: watches ECS replace tasks until every service is stable, or says why one is not.
//!
//! The deployment circuit breaker decides (AWS: "How the Amazon ECS deployment circuit breaker detects failures");
//! here it is told apart from success, with the reason of a stopped task and the end of its log.

use serde_json::{Value, json};

use super::{
    failure::{Done, Failure, Kind},
    state::{Deployment, Service},
    task,
    world::World,
};

/// How a service's deployment stands.
#[derive(Debug, PartialEq, Eq)]
enum Stand {
    Stable,
    UnderWay(String),
    /// With what ECS says about it.
    RolledBack(String),
}

/// Names of the services that are stable on the revisions that Terraform wants.
pub(crate) fn watch(world: &World<'_>, deployment: &Deployment) -> Done<Vec<String>> {
    let mut shown = String::new();
    let mut last = Vec::new();
    let settled = world.until(world.patience, || {
        last = look(world, deployment)?;
        if let Some((service, why)) = last.iter().find_map(|(service, stand)| match stand {
            Stand::RolledBack(why) => Some((*service, why)),
            _ => None,
        }) {
            return Err(explain(
                world,
                deployment,
                service,
                Kind::RolledBack,
                &format!("was rolled back: {why}"),
            ));
        }
        let waiting = under_way(&last);
        world.screen.waiting(&waiting, waiting != shown);
        let is_stable = waiting.is_empty();
        shown = waiting;
        Ok(is_stable.then_some(()))
    })?;
    if settled.is_some() {
        return Ok(deployment.services.keys().cloned().collect());
    }
    let late = last.iter().find(|(_, stand)| *stand != Stand::Stable);
    let Some((service, _)) = late else { return Ok(Vec::new()) };
    let why = format!("is not stable after {} s ({shown})", world.patience.as_secs());
    Err(explain(world, deployment, service, Kind::TimedOut, &why))
}

fn under_way(stands: &[(&Service, Stand)]) -> String {
    let waiting = stands.iter().filter_map(|(service, stand)| match stand {
        Stand::UnderWay(how) => Some(format!("{} {how}", service.name)),
        _ => None,
    });
    waiting.collect::<Vec<_>>().join(", ")
}

/// DescribeServices takes ten services at most; the catalogue has four.
fn look<'d>(world: &World<'_>, deployment: &'d Deployment) -> Done<Vec<(&'d Service, Stand)>> {
    let names = deployment.services.values().map(|service| service.name.as_str());
    let call = world.aws(["ecs", "describe-services", "--cluster", &deployment.cluster]);
    let primary = json!([{ "status": "PRIMARY", "rolloutState": "COMPLETED", "taskDefinition": "" }]);
    let assumed = names.clone().map(|name| json!({ "serviceName": name, "deployments": primary }));
    let assumed: Vec<_> = assumed.collect();
    let call = call.with(["--services"]).with(names).assume(json!({ "services": assumed }).to_string());
    let told = world.json(Kind::Program, &call)?;
    let found = told["services"].as_array().map(Vec::as_slice).unwrap_or_default();
    let stands = deployment.services.values().map(|service| {
        let service_told = found.iter().find(|found| found["serviceName"] == service.name.as_str());
        let missing = || Failure::new(Kind::RolledBack, format!("ECS knows no service {}", service.name));
        service_told.map(|told| (service, stand(told, &service.task_definition))).ok_or_else(missing)
    });
    stands.collect()
}

fn stand(service: &Value, wanted: &str) -> Stand {
    let deployments = service["deployments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |of: &Value, field: &str| of[field].as_str().unwrap_or_default().to_owned();
    if let Some(failed) = deployments.iter().find(|deployment| deployment["rolloutState"] == "FAILED") {
        return Stand::RolledBack(text(failed, "rolloutStateReason"));
    }
    let Some(primary) = deployments.iter().find(|deployment| deployment["status"] == "PRIMARY") else {
        return Stand::UnderWay("has no deployment".to_owned());
    };
    let revision = text(primary, "taskDefinition");
    if revision != wanted {
        return Stand::RolledBack(format!("it runs {}, not {}", task::id(&revision), task::id(wanted)));
    }
    if primary["rolloutState"] == "COMPLETED" {
        return Stand::Stable;
    }
    let number = |field: &str| primary[field].as_u64().unwrap_or_default();
    let (running, desired, failed) = (number("runningCount"), number("desiredCount"), number("failedTasks"));
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    Stand::UnderWay(format!("{running} of {desired}{failed}"))
}

/// A failure with what the newest task of the wanted revision left behind.
fn explain(world: &World<'_>, deployment: &Deployment, service: &Service, kind: Kind, why: &str) -> Failure {
    let mut message = format!("{} {why}", service.name);
    match last_stopped(world, deployment, service) {
        Ok(Some(stopped)) => {
            let task = task::id(stopped["taskArn"].as_str().unwrap_or_default());
            message.push_str(&format!("\n  task {task} stopped: {}", task::why_stopped(&stopped)));
            message.push_str(&format!("\n{}", task::last_lines(world, &service.log_group, task)));
        }
        Ok(None) => message.push_str("\n  no task of it has stopped"),
        Err(failure) => message.push_str(&format!("\n  its tasks could not be listed: {failure}")),
    }
    Failure::new(kind, message)
}

/// ECS remembers stopped tasks for an hour.
fn last_stopped(world: &World<'_>, deployment: &Deployment, service: &Service) -> Done<Option<Value>> {
    let call = world.aws(["ecs", "list-tasks", "--desired-status", "STOPPED", "--max-items", "100"]);
    let call = call.with(["--cluster", &deployment.cluster, "--service-name", &service.name]);
    let told = world.json(Kind::Program, &call)?;
    let arns = told["taskArns"].as_array().map(Vec::as_slice).unwrap_or_default();
    let arns: Vec<_> = arns.iter().filter_map(Value::as_str).take(100).collect();
    if arns.is_empty() {
        return Ok(None);
    }
    let tasks = task::describe(world, &deployment.cluster, &arns)?;
    let of_this =
        tasks.into_iter().filter(|task| task["taskDefinitionArn"] == service.task_definition.as_str());
    Ok(of_this.max_by_key(|task| task["stoppedAt"].to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(deployments: &[(&str, &str, &str)]) -> Value {
        let deployments = deployments.iter().map(|(status, state, revision)| {
            let counts = json!({ "runningCount": 1, "desiredCount": 2, "failedTasks": 3 });
            let mut told = json!({ "status": status, "rolloutState": state, "taskDefinition": revision,
                                   "rolloutStateReason": "circuit breaker" });
            told.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
            told
        });
        json!({ "deployments": deployments.collect::<Vec<_>>() })
    }

    #[test]
    fn a_service_is_stable_only_on_the_wanted_revision() {
        let old_drains = service(&[("PRIMARY", "COMPLETED", "web:2"), ("ACTIVE", "COMPLETED", "web:1")]);
        assert_eq!(stand(&old_drains, "web:2"), Stand::Stable);
        let replaced = service(&[("PRIMARY", "COMPLETED", "web:1")]);
        assert_eq!(stand(&replaced, "web:2"), Stand::RolledBack("it runs web:1, not web:2".to_owned()));
        let going_back = service(&[("PRIMARY", "IN_PROGRESS", "web:1"), ("ACTIVE", "FAILED", "web:2")]);
        assert_eq!(stand(&going_back, "web:2"), Stand::RolledBack("circuit breaker".to_owned()));
        let going_on = service(&[("PRIMARY", "IN_PROGRESS", "web:2"), ("ACTIVE", "COMPLETED", "web:1")]);
        assert_eq!(stand(&going_on, "web:2"), Stand::UnderWay("1 of 2, 3 failed".to_owned()));
    }
}
