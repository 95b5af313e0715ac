//! The catalogue in the form of Terraform's variable `catalog`; `terraform/modules/environment` declares its type.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{
    FUNCTIONS, Function, Head, Host, Trigger,
    access::{CONSUME, Target},
    deployment::{self, Network, short},
    environment, names, tables,
};
use serde_json::{Map, Value, json};

/// Everything that an environment is made of.
pub(super) fn catalogue(account: &str) -> Value {
    json!({
        "database": {
            "name": names::DATABASE,
            "port": deployment::POSTGRES_PORT,
            "max_connections": names::DATABASE_MAX_CONNECTIONS,
        },
        "ports": { "http": deployment::HTTP_PORT, "health": deployment::HEALTH_PORT },
        "ready_path": deployment::READY_PATH,
        "image": { "adapter": deployment::ADAPTER_PATH, "manifest": deployment::MANIFEST_PATH },
        "services": map(Head::ALL.map(|head| (head.name(), service(head)))),
        "tasks": map(deployment::one_off().map(|function| (function.name, task(function)))),
        "queues": map(with_queue().map(|function| (function.name, queue(function)))),
        "schedules": map(schedules(account)),
        "tables": map(tables::TABLES.iter().map(|table| (short(table.name), self::table(table)))),
        "buckets": { short(names::FILES_BUCKET): {
            "variable": environment::FILES_BUCKET, "kept_days": deployment::FILES_KEPT_DAYS,
        } },
        "variables": {
            "app_url": environment::APP_URL,
            "api_url": environment::API_URL,
            "environment": environment::ENVIRONMENT,
            "log": environment::LOG,
            "mail_from": environment::MAIL_FROM,
            "queue_url_prefix": environment::QUEUE_URL_PREFIX,
            "release": environment::RELEASE,
        },
    })
}

/// What the load balancer and its firewall have to know.
pub(super) fn edge(network: Network) -> Value {
    let environments = deployment::ENVIRONMENTS.iter().filter(|environment| environment.network == network);
    json!({
        "environments": environments.map(|environment| environment.name).collect::<Vec<_>>(),
        "hosts": hosts(),
        "services": Head::ALL.map(Head::name),
        "http_port": deployment::HTTP_PORT,
        "health_port": deployment::HEALTH_PORT,
        "postgres_port": deployment::POSTGRES_PORT,
        "idle_timeout_s": deployment::IDLE_TIMEOUT_S,
        "large_body_paths": deployment::LARGE_BODY_PATHS,
    })
}

fn hosts() -> Value {
    map([Host::App, Host::Api, Host::Admin].map(|host| {
        let head = Head::ALL.into_iter().find(|head| head.host() == Some(host));
        let service = head.map(Head::name);
        (
            host.label(),
            json!({ "label": host.label(), "service": service, "staff_only": host == Host::Admin }),
        )
    }))
}

fn service(head: Head) -> Value {
    let size = deployment::task_size(head);
    let functions: Vec<_> = deployment::served(head).collect();
    let secrets: BTreeSet<_> = functions.iter().copied().flat_map(deployment::secrets).collect();
    json!({
        "host": head.host().map(Host::label),
        "cpu": size.cpu,
        "memory_mib": size.memory_mib,
        "max_tasks": names::TASKS_PER_SERVICE,
        "stop_timeout_s": deployment::stop_timeout_s(head),
        "deregistration_delay_s": deployment::deregistration_delay_s(head),
        "secrets": secrets,
        "functions": functions.iter().map(|function| function.name).collect::<Vec<_>>(),
        "grants": grants(&functions),
    })
}

/// What the functions of a service may do, together: its role.
fn grants(functions: &[&Function]) -> Value {
    let mut actions: BTreeMap<Target, BTreeSet<&str>> = BTreeMap::new();
    let all = functions.iter().flat_map(|function| function.access).flat_map(|access| access.grants());
    for (target, allowed) in all {
        actions.entry(*target).or_default().extend(allowed.iter());
    }
    let on = |wanted: Target| actions.get(&wanted).cloned().unwrap_or_default();
    let by_table = |target: fn(&'static str) -> Target| {
        let tables = tables::TABLES.iter().map(|table| short(table.name));
        map(tables
            .map(|table| (table, json!(on(target(table)))))
            .filter(|(_, actions)| *actions != json!([])))
    };
    let own = functions.iter().filter(|function| function.payload().is_some());
    let consume = own.map(|function| (function.name, json!(CONSUME)));
    let jobs = FUNCTIONS.iter().filter(|function| matches!(function.trigger, Trigger::Queue(_)));
    let send = jobs.map(|function| (function.name, json!(on(Target::JobQueues))));
    json!({
        "tables": by_table(Target::Table),
        "indexes": by_table(Target::Indexes),
        "bucket": on(Target::Bucket),
        "files": on(Target::Files),
        "consume": map(consume),
        "send": map(send.filter(|(_, actions)| *actions != json!([]))),
    })
}

fn task(function: &Function) -> Value {
    let secrets: BTreeSet<_> = deployment::secrets(function).collect();
    json!({ "service": function.head.name(), "secrets": secrets })
}

fn with_queue() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().filter(|function| function.payload().is_some() && !function.local_only)
}

fn queue(function: &Function) -> Value {
    let (batch_size, maximum_concurrency) = match function.trigger {
        Trigger::Queue(queue) => (queue.batch_size, queue.maximum_concurrency),
        _ => (1, 1),
    };
    json!({
        "visibility_timeout_s": function.visibility_timeout_s(),
        "max_receive_count": names::MAX_RECEIVE_COUNT,
        "dead_letter_retention_s": deployment::DEAD_LETTER_RETENTION_S,
        "batch_size": batch_size,
        "maximum_concurrency": maximum_concurrency,
    })
}

fn schedules(account: &str) -> impl Iterator<Item = (&'static str, Value)> {
    // Text and not JSON: Terraform would write `<` as an escape, and EventBridge Scheduler looks for `<aws.scheduler.`.
    let input = deployment::schedule_event(account).to_string();
    FUNCTIONS.iter().filter_map(move |function| match function.trigger {
        Trigger::Schedule(schedule) => {
            Some((function.name, json!({ "expression": schedule.expression(), "input": input })))
        }
        _ => None,
    })
}

fn table(table: &tables::Table) -> Value {
    json!({
        "key": tables::KEY,
        "removed_at": table.removed_at,
        "index": table.index,
        "variable": table.variable,
        "backed_up": table.backed_up,
    })
}

fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}
