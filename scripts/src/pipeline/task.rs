//! One-off ECS tasks and what tasks leave behind: why they stopped, and their last lines.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    failure::{Done, Failure, Kind},
    state::Deployment,
    world::World,
};

/// The function that the task invokes.
pub(crate) const MIGRATE: &str = "migrate";
/// The container that runs our image; there may be a collector beside it.
const ADAPTER: &str = "adapter";
/// An image is fetched and a network interface made before a task runs.
const START: Duration = Duration::from_secs(300);
/// Lines of a log that are shown.
const LINES: &str = "20";

/// What RegisterTaskDefinition takes of what DescribeTaskDefinition tells (AWS: "RegisterTaskDefinition").
const FIELDS: [&str; 11] = [
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "runtimePlatform",
    "ephemeralStorage",
];

/// Runs the migrations of an image and waits for their end.
pub(crate) fn migrate(world: &World<'_>, deployment: &Deployment, image: &str) -> Done<()> {
    let revision = register(world, &deployment.migration.task_definition, image)?;
    let task = start(world, deployment, &revision)?;
    world.screen.line(&format!("  task {} runs the migrations", id(&task)));
    let limit = catalog::find(MIGRATE).map_or(0, |function| function.timeout_ms);
    let patience = START + Duration::from_millis(limit.into());
    let stopped = world.until(patience, || {
        let task = describe(world, &deployment.cluster, &[&task])?.pop().unwrap_or_default();
        let status = task["lastStatus"].as_str().unwrap_or("UNKNOWN").to_owned();
        world.screen.waiting(&format!("the migrations' task is {status}"), false);
        Ok((status == "STOPPED").then_some(task))
    })?;
    let log = |why: &str| {
        let lines = last_lines(world, &deployment.migration.log_group, id(&task));
        Failure::new(Kind::Migration, format!("{why}\n{lines}"))
    };
    match stopped {
        Some(task) if succeeded(&task) => Ok(()),
        Some(task) => Err(log(&format!("the migrations failed: {}", why_stopped(&task)))),
        None => Err(log(&format!("the migrations did not end within {} s", patience.as_secs()))),
    }
}

fn succeeded(task: &Value) -> bool {
    let mut containers = task["containers"].as_array().into_iter().flatten();
    containers.any(|container| container["name"] == ADAPTER && container["exitCode"] == 0)
}

/// A revision of the task definition with another image.
fn register(world: &World<'_>, family: &str, image: &str) -> Done<String> {
    let call = world.aws(["ecs", "describe-task-definition", "--task-definition", family]);
    let call = call
        .assume(json!({ "taskDefinition": { "containerDefinitions": [{ "name": ADAPTER }] } }).to_string());
    let told = world.json(Kind::Migration, &call)?;
    let mut input = Map::new();
    for field in FIELDS {
        if let Some(value) = told["taskDefinition"].get(field).filter(|value| !value.is_null()) {
            input.insert(field.to_owned(), value.clone());
        }
    }
    let mut input = Value::Object(input);
    let mut containers = input["containerDefinitions"].as_array_mut().into_iter().flatten();
    let Some(container) = containers.find(|container| container["name"] == ADAPTER) else {
        let why = format!("the task definition {family} has no container {ADAPTER} (docs/deploy.md)");
        return Err(Failure::new(Kind::Migration, why));
    };
    container["image"] = json!(image);
    // No secret stands in it, only where ECS finds them.
    let call = world.aws(["ecs", "register-task-definition", "--cli-input-json", &input.to_string()]);
    let answer = json!({ "taskDefinition": { "taskDefinitionArn": format!("{family}:(revision)") } });
    let told = world.json(Kind::Migration, &call.assume(answer.to_string()))?;
    let arn = told["taskDefinition"]["taskDefinitionArn"].as_str().map(str::to_owned);
    arn.ok_or_else(|| Failure::new(Kind::Migration, "ECS told no ARN of the new task definition"))
}

fn start(world: &World<'_>, deployment: &Deployment, revision: &str) -> Done<String> {
    let network = json!({ "awsvpcConfiguration": {
        "subnets": deployment.migration.subnets,
        "securityGroups": deployment.migration.security_groups,
        "assignPublicIp": "DISABLED",
    } });
    let call = world.aws(["ecs", "run-task", "--launch-type", "FARGATE", "--cluster", &deployment.cluster]);
    let started_by = format!("{}-{}", catalog::names::PREFIX, world.short_sha());
    let call = call.with(["--task-definition", revision, "--started-by", &started_by]);
    let call = call.with(["--network-configuration", &network.to_string()]);
    let told = world.json(Kind::Migration, &call.assume(r#"{"tasks":[{"taskArn":"(task)"}]}"#))?;
    let arn = told["tasks"][0]["taskArn"].as_str().map(str::to_owned);
    arn.ok_or_else(|| Failure::new(Kind::Migration, format!("ECS started no task: {}", told["failures"])))
}

/// What ECS knows of tasks.
pub(crate) fn describe(world: &World<'_>, cluster: &str, tasks: &[&str]) -> Done<Vec<Value>> {
    let call =
        world.aws(["ecs", "describe-tasks", "--cluster", cluster]).with(["--tasks"]).with(tasks.to_vec());
    let stopped =
        json!({ "tasks": [{ "lastStatus": "STOPPED", "containers": [{ "name": ADAPTER, "exitCode": 0 }] }] });
    let mut told = world.json(Kind::Program, &call.assume(stopped.to_string()))?;
    match told["tasks"].take() {
        Value::Array(tasks) => Ok(tasks),
        _ => Ok(Vec::new()),
    }
}

/// As ECS says it: of the task, and of each container.
pub(crate) fn why_stopped(task: &Value) -> String {
    let mut why = vec![task["stoppedReason"].as_str().unwrap_or("no reason given").to_owned()];
    for container in task["containers"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let name = container["name"].as_str().unwrap_or("container");
        if let Some(code) = container["exitCode"].as_i64() {
            why.push(format!("{name} ended with {code}"));
        }
        if let Some(reason) = container["reason"].as_str() {
            why.push(format!("{name}: {reason}"));
        }
    }
    why.join("; ")
}

/// A task's id is the end of its ARN.
pub(crate) fn id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The end of a task's log, or why there is none: it is shown beside a failure and must not hide it.
pub(crate) fn last_lines(world: &World<'_>, group: &str, task: &str) -> String {
    let lines = || -> Done<Vec<String>> {
        let call = world.aws(["logs", "describe-log-streams", "--order-by", "LastEventTime", "--descending"]);
        let call = call.with(["--max-items", "50", "--log-group-name", group]);
        let streams = world.json(Kind::Program, &call.assume("{}"))?;
        let streams = streams["logStreams"].as_array().cloned().unwrap_or_default();
        let mut names = streams.iter().filter_map(|stream| stream["logStreamName"].as_str());
        let Some(stream) = names.find(|name| id(name) == task) else { return Ok(Vec::new()) };
        let call = world.aws(["logs", "get-log-events", "--limit", LINES, "--log-group-name", group]);
        let events = world.json(Kind::Program, &call.with(["--log-stream-name", stream]))?;
        let events = events["events"].as_array().cloned().unwrap_or_default();
        Ok(events.iter().filter_map(|event| event["message"].as_str().map(str::to_owned)).collect())
    };
    match lines() {
        Ok(lines) if lines.is_empty() => format!("  (no lines of task {task} in {group})"),
        Ok(lines) => lines.iter().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n"),
        Err(failure) => format!("  (its log could not be read: {failure})"),
    }
}
