//! How services run in an environment on AWS: ports of a container, sizes, times, and which secrets a service is given.
//! Terraform has these from `cargo velox sync`, an image from the manifest.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{DatabaseRole, FUNCTIONS, Function, Head, Trigger, environment, names};

/// The adapter in an image, which is also its entry point.
pub const ADAPTER_PATH: &str = "/adapter";
/// The adapter's manifest in an image.
pub const MANIFEST_PATH: &str = "/manifest.json";
/// Port of HTTP in a container.
pub const HTTP_PORT: u16 = 8080;
/// Port of the health checks and metrics in a container.
pub const HEALTH_PORT: u16 = 9000;
/// Says whether requests are welcome.
pub const READY_PATH: &str = "/readyz";
/// Port of Postgres.
pub const POSTGRES_PORT: u16 = 5432;

/// Seconds after which the load balancer closes an idle connection. Less than the adapter's 75 s, so that never the
/// adapter closes one on which a request is under way.
pub const IDLE_TIMEOUT_S: u32 = 60;
/// The longest `stopTimeout` of a container on Fargate, in seconds ("Amazon ECS task definition parameters").
const LONGEST_STOP_TIMEOUT_S: u32 = 120;
/// Seconds for everything after the last invocation has ended: processes are told to end, and are given a second.
const END_S: u32 = 3;

/// Seconds for which SQS keeps a message that nobody takes: the most it can.
pub const DEAD_LETTER_RETENTION_S: u32 = 14 * 24 * 60 * 60;
/// Days for which what somebody uploads or exports is kept when nothing deletes it earlier.
pub const FILES_KEPT_DAYS: u16 = 90;

/// The host on which files are imported. The firewall looks at a body's first 8 KiB there and does not refuse a longer
/// one, which the adapter limits.
pub const LARGE_BODY_PATHS: [&str; 1] = ["/imports"];

/// Two networks that know nothing of each other, each in an AWS account of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// For everything that customers do not see.
    Nonprod,
    /// For customers.
    Prod,
}

/// An environment on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Environment {
    /// What [`environment::ENVIRONMENT`] says there.
    pub name: &'static str,
    /// Where it is.
    pub network: Network,
    /// Position of its listener rules among those of the same load balancer.
    pub position: u16,
}

/// All environments on AWS.
pub const ENVIRONMENTS: [Environment; 3] = [
    Environment { name: "dev", network: Network::Nonprod, position: 0 },
    Environment { name: "staging", network: Network::Nonprod, position: 1 },
    Environment { name: "prod", network: Network::Prod, position: 0 },
];

/// Size of one task on Fargate ("Fargate task CPU and memory").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TaskSize {
    /// 1024 are one processor.
    pub cpu: u16,
    /// Memory in MiB.
    pub memory_mib: u16,
}

/// The size of a head's tasks: a process of a function takes some 15 MiB, and processes are started on demand.
#[must_use]
pub const fn task_size(head: Head) -> TaskSize {
    match head {
        Head::Web => TaskSize { cpu: 512, memory_mib: 2048 },
        Head::Api | Head::Admin => TaskSize { cpu: 256, memory_mib: 512 },
        Head::Jobs => TaskSize { cpu: 512, memory_mib: 1024 },
    }
}

/// Of the functions that an environment on AWS runs as a service: not what only the local runner has, and no one-off
/// tasks.
pub fn served(head: Head) -> impl Iterator<Item = &'static Function> {
    let of_head = FUNCTIONS.iter().filter(move |function| function.head == head && !function.local_only);
    of_head.filter(|function| function.trigger != Trigger::Direct)
}

/// All functions of a head's image: what it serves, and one-off tasks.
pub fn hosted(head: Head) -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().filter(move |function| function.head == head && !function.local_only)
}

/// One-off tasks: an operator or the pipeline starts them.
pub fn one_off() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().filter(|function| function.trigger == Trigger::Direct && !function.local_only)
}

/// How long invocations in flight may go on in a head's tasks after a shutdown was asked for, in ms: as long as its
/// slowest function may take, as far as Fargate waits. Queues bring a job that was cut off again.
#[must_use]
pub fn shutdown_grace_ms(head: Head) -> u32 {
    let slowest = served(head).map(|function| function.timeout_ms).max().unwrap_or_default();
    slowest.min((LONGEST_STOP_TIMEOUT_S - END_S) * 1000)
}

/// Seconds after SIGTERM until a head's container is killed.
#[must_use]
pub fn stop_timeout_s(head: Head) -> u32 {
    shutdown_grace_ms(head).div_ceil(1000) + END_S
}

/// Seconds for which the load balancer lets requests go on that a leaving task has begun: as long as the task does.
#[must_use]
pub fn deregistration_delay_s(head: Head) -> u32 {
    shutdown_grace_ms(head).div_ceil(1000)
}

/// The secrets of a function, by the variable that carries each.
pub fn secrets(function: &Function) -> impl Iterator<Item = &'static str> {
    let seals = function.head == Head::Web && function.database_role != DatabaseRole::None;
    let all = [
        environment::database_url(function.database_role),
        function.sends_mail.then_some(environment::SMTP_URL),
        seals.then_some(environment::SEALING_KEYS),
    ];
    all.into_iter().flatten()
}

/// The name of a queue, table or schedule without what all names begin with.
#[must_use]
pub fn short(name: &str) -> &str {
    name.strip_prefix(names::PREFIX).map_or(name, |rest| rest.trim_start_matches('-'))
}

/// The event that a function gets for a fire time (Amazon EventBridge: "AWS service events" and the Lambda
/// guide's "Invoke a Lambda function on a schedule"), with what EventBridge Scheduler fills in.
#[must_use]
pub fn schedule_event(account: &str) -> Value {
    json!({
        "version": "0",
        "id": "<aws.scheduler.execution-id>",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": "<aws.scheduler.scheduled-time>",
        "region": names::REGION,
        "resources": ["<aws.scheduler.schedule-arn>"],
        "detail": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_ends_in_order_before_it_is_killed() {
        for head in Head::ALL {
            assert!(shutdown_grace_ms(head) < stop_timeout_s(head) * 1000, "{head:?}");
            assert!(stop_timeout_s(head) <= LONGEST_STOP_TIMEOUT_S, "{head:?}");
        }
        assert_eq!(shutdown_grace_ms(Head::Web), 10_000);
    }

    #[test]
    fn the_owner_of_the_schema_is_in_no_service() {
        let secrets = |head| served(head).flat_map(secrets);
        let mut all = Head::ALL.into_iter().flat_map(secrets);
        assert!(all.all(|secret| secret != environment::OWNER_DATABASE_URL));
        assert!(one_off().any(|function| function.name == "migrate"));
    }
}
