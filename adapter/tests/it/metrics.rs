//! `/metrics`: what has happened can be counted there.

use bytes::Bytes;
use serde_json::json;

use crate::world::{World, eventually, function, manifest};

/// The value of a sample, written as it stands on the page.
fn value(page: &str, sample: &str) -> f64 {
    let line = page.lines().find(|line| line.rsplit_once(' ').is_some_and(|(name, _)| name == sample));
    line.unwrap_or_else(|| panic!("{sample} is not in\n{page}")).rsplit_once(' ').unwrap().1.parse().unwrap()
}

async fn world() -> World {
    let routed = |with: serde_json::Value| {
        let mut all = json!({ "routes": [{ "method": "ANY", "path": "/f/{rest+}" }, { "method": "ANY", "path": "/exit" },
            { "method": "ANY", "path": "/leak" }, { "method": "ANY", "path": "/hang" }],
            "timeout_ms": 1_500, "memory_mib": 64, "processes": { "max": 1 } });
        all.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        function("f", all)
    };
    let json_function = function("j", json!({ "routes": [], "environment": { "TESTBED_KIND": "json" } }));
    let broken = json!({ "command": "/does/not/exist", "routes": [{ "method": "GET", "path": "/broken" }] });
    let mut manifest = manifest(&[routed(json!({})), json_function, function("broken", broken)]);
    manifest["health_listen"] = json!("127.0.0.1:0");
    manifest["service"] = json!("web \"1\"");
    World::of(manifest).await
}

#[tokio::test]
async fn requests_invocations_failures_and_processes_are_counted() {
    let world = world().await;
    for target in ["/f/1", "/f/2", "/exit", "/leak", "/hang", "/f/3", "/nowhere", "/broken"] {
        world.status(target).await;
    }
    world.adapter.invoke("j", Bytes::from_static(b"{}")).await.unwrap();
    world.adapter.invoke("j", Bytes::from_static(b"{\"do\":\"fail\"}")).await.unwrap();
    let replaced =
        || world.seen.processes.lock().unwrap().iter().filter(|e| e.contains("Stopped")).count() >= 2;
    eventually("those that were killed have ended", replaced).await;
    let page = world.metrics().await;
    for (sample, expected) in [
        ("adapter_info{service=\"web \\\"1\\\"\",version=\"0.1.0\"}", 1.0),
        ("adapter_ready", 1.0),
        ("adapter_functions", 3.0),
        ("adapter_http_requests_total{function=\"f\",status=\"2xx\"}", 3.0),
        ("adapter_http_requests_total{function=\"f\",status=\"5xx\"}", 3.0),
        ("adapter_http_requests_total{function=\"\",status=\"4xx\"}", 1.0),
        ("adapter_http_request_duration_seconds_count{function=\"f\"}", 6.0),
        ("adapter_http_request_duration_seconds_bucket{function=\"f\",le=\"+Inf\"}", 6.0),
        ("adapter_invocations_total{function=\"f\",source=\"http\"}", 6.0),
        ("adapter_invocations_total{function=\"j\",source=\"direct\"}", 2.0),
        ("adapter_invocation_failures_total{function=\"f\",kind=\"crashed\"}", 2.0),
        ("adapter_invocation_failures_total{function=\"f\",kind=\"timed_out\"}", 1.0),
        ("adapter_invocation_failures_total{function=\"j\",kind=\"reported\"}", 1.0),
        ("adapter_invocation_failures_total{function=\"broken\",kind=\"cannot_start\"}", 1.0),
        ("adapter_processes{function=\"f\",state=\"ready\"}", 1.0),
        ("adapter_process_starts_total{function=\"f\"}", 4.0),
        ("adapter_process_restarts_total{function=\"f\"}", 3.0),
        ("adapter_process_ends_total{function=\"f\",how=\"by_itself\"}", 1.0),
        ("adapter_process_ends_total{function=\"broken\",how=\"start_failed\"}", 1.0),
        ("adapter_process_kills_total{function=\"f\",reason=\"memory\"}", 1.0),
        ("adapter_process_kills_total{function=\"f\",reason=\"deadline\"}", 1.0),
        ("adapter_process_start_duration_seconds_count{function=\"f\"}", 4.0),
        ("adapter_queue_length{function=\"f\"}", 0.0),
        ("adapter_in_flight{function=\"f\"}", 0.0),
    ] {
        assert!((value(&page, sample) - expected).abs() < f64::EPSILON, "{sample} in\n{page}");
    }
    assert!(value(&page, "process_resident_memory_bytes") > 1e6);
    assert!(value(&page, "process_open_fds") > 5.0);
    assert!(value(&page, "process_cpu_seconds_total") > 0.0);
    world.end().await;
}

#[tokio::test]
async fn the_page_is_as_prometheus_reads_it() {
    let world = world().await;
    world.status("/f/1").await;
    let page = world.metrics().await;
    let mut family = String::new();
    for line in page.lines() {
        if let Some(about) = line.strip_prefix("# ") {
            family = about.split(' ').nth(1).unwrap().to_owned();
            continue;
        }
        let name = line.split(['{', ' ']).next().unwrap();
        let plain =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(name == family || plain == family, "{line} stands in {family}");
        assert!(line.rsplit_once(' ').unwrap().1.parse::<f64>().is_ok(), "{line}");
    }
    world.end().await;
}

#[tokio::test]
async fn what_waits_and_what_is_in_flight_is_told_while_it_does() {
    let world = std::sync::Arc::new(world().await);
    let hanging: Vec<_> = (0..3)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { world.status("/hang").await })
        })
        .collect();
    let mut page = String::new();
    for _ in 0..200 {
        page = world.metrics().await;
        if value(&page, "adapter_in_flight{function=\"f\"}") > 0.5 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let sum = value(&page, "adapter_in_flight{function=\"f\"}")
        + value(&page, "adapter_queue_length{function=\"f\"}");
    assert!((sum - 3.0).abs() < f64::EPSILON, "{page}");
    hanging.iter().for_each(tokio::task::JoinHandle::abort);
}
