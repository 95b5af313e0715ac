//! The page of metrics: which there are, and what they mean. `docs/adapter.md` lists them.

use std::sync::PoisonError;

use super::{
    Metrics,
    counters::{Labelled, OfFunction},
    text::{Kind, Text},
};
use crate::{function::Snapshot, host::Host};

/// All metrics at this moment.
pub(crate) fn page(host: &Host) -> String {
    let mut text = Text::default();
    let metrics = &host.hosting.metrics;
    about(&mut text, host);
    requests(&mut text, metrics);
    invocations(&mut text, metrics);
    processes(&mut text, metrics);
    queues(&mut text, metrics);
    now(&mut text, host);
    own(&mut text);
    text.into_string()
}

fn about(text: &mut Text, host: &Host) {
    let table = host.table();
    text.family("adapter_info", Kind::Gauge, "Which service this adapter hosts, and its own version.");
    let service = table.service.as_deref().unwrap_or_default();
    text.sample("adapter_info", &[("service", service), ("version", env!("CARGO_PKG_VERSION"))], 1);
    text.family("adapter_ready", Kind::Gauge, "1 while requests are welcome, as /readyz says.");
    text.sample("adapter_ready", &[], u8::from(host.is_ready()));
    text.family("adapter_functions", Kind::Gauge, "Functions of the manifest.");
    text.sample("adapter_functions", &[], table.functions.len());
}

/// A counter of each function with one more label.
fn labelled(
    text: &mut Text,
    metrics: &Metrics,
    (name, label, help): (&str, &str, &str),
    counter: impl Fn(&OfFunction) -> &Labelled,
) {
    text.family(name, Kind::Counter, help);
    for (function, counted) in metrics.functions.read().unwrap_or_else(PoisonError::into_inner).iter() {
        for (kind, value) in counter(counted).values() {
            text.sample(name, &[("function", function), (label, kind)], value);
        }
    }
}

/// A counter of each function.
fn plain(text: &mut Text, metrics: &Metrics, (name, help): (&str, &str), value: impl Fn(&OfFunction) -> u64) {
    text.family(name, Kind::Counter, help);
    for (function, counted) in metrics.functions.read().unwrap_or_else(PoisonError::into_inner).iter() {
        text.sample(name, &[("function", function)], value(counted));
    }
}

fn requests(text: &mut Text, metrics: &Metrics) {
    let name = "adapter_http_requests_total";
    let help = "Answered HTTP requests by class of status; without a function, no route matched.";
    labelled(text, metrics, (name, "status", help), |f| &f.requests.by_status);
    for (status, value) in metrics.unrouted.by_status.values() {
        text.sample(name, &[("function", ""), ("status", status)], value);
    }
    let name = "adapter_http_request_duration_seconds";
    text.family(name, Kind::Histogram, "From the complete head of a request to its answer.");
    for (function, counted) in metrics.functions.read().unwrap_or_else(PoisonError::into_inner).iter() {
        text.histogram(name, function, &counted.requests.duration);
    }
    text.histogram(name, "", &metrics.unrouted.duration);
}

fn invocations(text: &mut Text, metrics: &Metrics) {
    let about = ("adapter_invocations_total", "source", "Invocations that were asked for, by what asked.");
    labelled(text, metrics, about, |f| &f.invocations);
    let about = ("adapter_invocation_failures_total", "kind", "Invocations that ended without an answer.");
    labelled(text, metrics, about, |f| &f.failures);
}

fn processes(text: &mut Text, metrics: &Metrics) {
    let about = ("adapter_process_starts_total", "Processes that were started.");
    plain(text, metrics, about, |f| f.starts.value());
    let about = ("adapter_process_restarts_total", "Of these, those in place of one that was lost.");
    plain(text, metrics, about, |f| f.restarts.value());
    let about = ("adapter_process_ends_total", "how", "Processes that ended.");
    labelled(text, metrics, about, |f| &f.ends);
    let about = ("adapter_process_kills_total", "reason", "Processes that the adapter or the kernel killed.");
    labelled(text, metrics, about, |f| &f.kills);
    let name = "adapter_process_start_duration_seconds";
    text.family(name, Kind::Histogram, "From a process's start to its first poll.");
    for (function, counted) in metrics.functions.read().unwrap_or_else(PoisonError::into_inner).iter() {
        text.histogram(name, function, &counted.start_duration);
    }
}

fn queues(text: &mut Text, metrics: &Metrics) {
    type Value = fn(&super::OfQueue) -> u64;
    let families: [(&str, &str, Value); 4] = [
        ("adapter_messages_received_total", "Messages whose invocation has ended.", |q| q.received.value()),
        ("adapter_messages_deleted_total", "Of these, those that succeeded and were deleted.", |q| {
            q.received.value().saturating_sub(q.failed.value())
        }),
        ("adapter_messages_failed_total", "Of these, those that come back.", |q| q.failed.value()),
        ("adapter_queue_troubles_total", "Calls of SQS that failed and are repeated.", |q| {
            q.troubles.value()
        }),
    ];
    let queues = metrics.queues.read().unwrap_or_else(PoisonError::into_inner);
    for (name, help, value) in families {
        text.family(name, Kind::Counter, help);
        for ((function, url), counted) in queues.iter() {
            let queue = url.rsplit('/').next().unwrap_or_default();
            text.sample(name, &[("function", function), ("queue", queue)], value(counted));
        }
    }
}

/// What is true of the functions at this moment.
fn now(text: &mut Text, host: &Host) {
    let table = host.table();
    let mut all: Vec<(&str, Snapshot)> =
        table.functions.iter().map(|(name, function)| (name.as_str(), function.snapshot())).collect();
    all.sort_unstable_by_key(|(name, _)| *name);
    text.family("adapter_processes", Kind::Gauge, "Processes that run, by state.");
    for (function, snapshot) in &all {
        for (state, value) in
            [("starting", snapshot.starting), ("ready", snapshot.ready), ("retiring", snapshot.retiring)]
        {
            text.sample("adapter_processes", &[("function", function), ("state", state)], value);
        }
    }
    text.family("adapter_queue_length", Kind::Gauge, "Invocations that wait for a process.");
    for (function, snapshot) in &all {
        text.sample("adapter_queue_length", &[("function", function)], snapshot.waiting);
    }
    text.family("adapter_in_flight", Kind::Gauge, "Invocations that a process works on.");
    for (function, snapshot) in &all {
        text.sample("adapter_in_flight", &[("function", function)], snapshot.in_flight);
    }
}

/// The adapter's own process, under the names that every Prometheus client uses. Nothing where there is no
/// `/proc`.
fn own(text: &mut Text) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    if let Some(kibibytes) =
        kibibytes.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok())
    {
        let name = "process_resident_memory_bytes";
        text.family(name, Kind::Gauge, "Resident memory of the adapter itself.");
        text.sample(name, &[], kibibytes * 1024);
    }
    if let Ok(descriptors) = std::fs::read_dir("/proc/self/fd") {
        text.family("process_open_fds", Kind::Gauge, "Open file descriptors of the adapter itself.");
        text.sample("process_open_fds", &[], descriptors.count());
    }
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Linux tells time in hundredths of a second; the name before the fields may hold anything.
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields.split(' ').skip(11).take(2));
    let ticks: Option<f64> = fields.and_then(|times| times.map(|time| time.parse::<f64>().ok()).sum());
    if let Some(ticks) = ticks {
        let name = "process_cpu_seconds_total";
        text.family(name, Kind::Counter, "Processor time of the adapter itself.");
        text.sample(name, &[], ticks / 100.0);
    }
}
