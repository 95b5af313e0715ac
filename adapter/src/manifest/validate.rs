//! The rules that a manifest's values follow, beyond their shape.
//!
//! Limits are those of "Lambda quotas" and "Creating and configuring an Amazon SQS event source mapping"
//! in the AWS Lambda Developer Guide.

use std::collections::HashMap;

use super::{FunctionSpec, Manifest, ManifestError, Problem, QueuePayload, QueueSpec};
use crate::routing::RouterBuilder;

pub(super) fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    let mut found = Findings::default();
    found.check(manifest.max_header_bytes >= 8192, "max_header_bytes", || "must be at least 8192".to_owned());
    found.check(manifest.header_timeout_ms > 0, "header_timeout_ms", || "must be at least 1".to_owned());
    found.check(manifest.body_timeout_ms > 0, "body_timeout_ms", || "must be at least 1".to_owned());
    found.range("shutdown_delay_ms", manifest.shutdown_delay_ms, 0, 300_000);
    let algorithms = manifest.compression.as_ref().map(|spec| spec.algorithms.as_slice());
    found.check(algorithms != Some(&[]), "compression.algorithms", || "must name at least one".to_owned());
    found.range("threads", u64::from(manifest.threads), 0, 256);
    let mut names: HashMap<&str, usize> = HashMap::new();
    for (index, function) in manifest.functions.iter().enumerate() {
        let path = format!("functions[{index}]");
        if let Some(first) = names.insert(&function.name, index) {
            found.add(
                format!("{path}.name"),
                format!("`{}` is already the name of functions[{first}]", function.name),
            );
        }
        check_function(&mut found, &path, function);
    }
    check_routes(&mut found, manifest);
    found.into_result()
}

fn check_function(found: &mut Findings, path: &str, function: &FunctionSpec) {
    let name_is_fine = (1..=64).contains(&function.name.len())
        && function.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    found.check(name_is_fine, &format!("{path}.name"), || {
        format!("`{}` must be 1 to 64 letters, digits, `-` or `_`", function.name)
    });
    found.check(function.command.is_absolute(), &format!("{path}.command"), || {
        format!("`{}` must be an absolute path", function.command.display())
    });
    let ranges = [
        ("timeout_ms", function.timeout_ms, 1, 900_000),
        ("start_timeout_ms", function.start_timeout_ms, 1, 900_000),
        ("memory_mib", u64::from(function.memory_mib), 1, 1_048_576),
        ("concurrency", u64::from(function.concurrency), 1, 1_000),
        ("processes.max", u64::from(function.processes.max), 1, 1_000),
        ("idle_ms", function.idle_ms, 1, 86_400_000),
    ];
    for (field, value, low, high) in ranges {
        found.range(&format!("{path}.{field}"), value, low, high);
    }
    found.check(function.processes.min <= function.processes.max, &format!("{path}.processes.min"), || {
        format!("{} is more than the maximum of {}", function.processes.min, function.processes.max)
    });
    for name in function.environment.keys() {
        found.check(!name.is_empty() && !name.contains(['=', '\0']), &format!("{path}.environment"), || {
            format!("`{name}` cannot be the name of a variable")
        });
    }
    for (index, queue) in function.queues.iter().enumerate() {
        check_queue(found, &format!("{path}.queues[{index}]"), queue);
    }
}

fn check_queue(found: &mut Findings, path: &str, queue: &QueueSpec) {
    let is_url =
        queue.url.parse::<http::Uri>().is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some());
    found.check(is_url, &format!("{path}.url"), || format!("`{}` is not a URL", queue.url));
    let most = if queue.is_fifo() { 10 } else { 10_000 };
    found.range(&format!("{path}.batch_size"), u64::from(queue.batch_size), 1, most);
    if queue.batch_size > 10 && !queue.is_fifo() {
        found.check(queue.batching_window_ms > 0, &format!("{path}.batching_window_ms"), || {
            "a batch size above 10 needs a batching window".to_owned()
        });
    }
    let longest = if queue.is_fifo() { 0 } else { 300_000 };
    found.range(&format!("{path}.batching_window_ms"), queue.batching_window_ms, 0, longest);
    let concurrency = u64::from(queue.maximum_concurrency);
    found.range(&format!("{path}.maximum_concurrency"), concurrency, 1, 1_000);
    if let Some(seconds) = queue.visibility_timeout_s {
        found.range(&format!("{path}.visibility_timeout_s"), u64::from(seconds), 1, 43_200);
    }
    if let Some(table) = &queue.lock_table {
        let is_name = (3..=255).contains(&table.len())
            && table.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        found.check(is_name, &format!("{path}.lock_table"), || {
            format!("`{table}` is not the name of a table")
        });
        let has_fires = queue.payload == QueuePayload::ScheduledEvent;
        found.check(has_fires, &format!("{path}.lock_table"), || {
            "only fires of a schedule (payload `scheduled-event`) are locked".to_owned()
        });
    }
    if let Some(seconds) = queue.retry_delay_s {
        found.range(&format!("{path}.retry_delay_s"), u64::from(seconds), 1, 43_200);
    }
}

fn check_routes(found: &mut Findings, manifest: &Manifest) {
    let mut router = RouterBuilder::default();
    for (index, function) in manifest.functions.iter().enumerate() {
        for (number, route) in function.routes.iter().enumerate() {
            let path = format!("functions[{index}].routes[{number}]");
            if let Err(problem) = router.add(&function.name, route, &path) {
                found.add(format!("{path}.{}", problem.field), problem.message);
            }
        }
    }
}

#[derive(Default)]
struct Findings(Vec<Problem>);

impl Findings {
    fn add(&mut self, path: String, message: String) {
        self.0.push(Problem { path, message });
    }

    fn check(&mut self, holds: bool, path: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.add(path.to_owned(), message());
        }
    }

    fn range(&mut self, path: &str, value: u64, low: u64, high: u64) {
        self.check((low..=high).contains(&value), path, || {
            format!("{value} is out of range: {low} to {high}")
        });
    }

    fn into_result(self) -> Result<(), ManifestError> {
        if self.0.is_empty() { Ok(()) } else { Err(ManifestError { problems: self.0 }) }
    }
}
