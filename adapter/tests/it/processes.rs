//! How many processes there are, and when they are exchanged.

use std::{collections::HashSet, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::world::{World, eventually, function, is_alive};

impl World {
    fn count(&self, what: &str) -> usize {
        self.seen.processes.lock().unwrap().iter().filter(|event| event.contains(what)).count()
    }
}

async fn at_once(world: &Arc<World>, requests: usize, target: &'static str) -> Vec<u16> {
    let tasks = (0..requests).map(|_| {
        let world = Arc::clone(world);
        tokio::spawn(async move { world.status(target).await.as_u16() })
    });
    futures::future::join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn nothing_runs_before_it_is_needed_and_one_process_serves_one_after_another() {
    let world = World::new(&[function("f", json!({ "processes": { "max": 4 } }))]).await;
    assert_eq!(world.count("Started"), 0);
    let pids: HashSet<String> = {
        let mut pids = HashSet::new();
        for _ in 0..50 {
            pids.insert(world.text("/pid").await);
        }
        pids
    };
    assert_eq!(pids.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn processes_are_added_up_to_the_maximum_while_requests_wait() {
    let world = Arc::new(World::new(&[function("f", json!({ "processes": { "max": 3 } }))]).await);
    assert_eq!(at_once(&world, 9, "/slow").await, [200; 9]);
    assert_eq!(world.count("Ready"), 3);
}

#[tokio::test]
async fn a_concurrent_process_takes_several_at_a_time() {
    let world =
        Arc::new(World::new(&[function("f", json!({ "concurrency": 8, "processes": { "max": 1 } }))]).await);
    assert_eq!(world.status("/").await, 200);
    let started = std::time::Instant::now();
    assert_eq!(at_once(&world, 8, "/slow").await, [200; 8]);
    assert!(started.elapsed() < Duration::from_millis(300 * 8), "one after another would take that long");
    assert_eq!(world.count("Started"), 1);
}

#[tokio::test]
async fn the_minimum_runs_from_the_start_and_comes_back() {
    let world =
        World::new(&[function("f", json!({ "processes": { "min": 1, "max": 1 }, "idle_ms": 50 }))]).await;
    eventually("it is ready", || world.count("Ready") == 1).await;
    let pid: u32 = world.text("/pid").await.parse().unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(is_alive(pid), "the minimum is not idle");
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(pid.cast_signed()).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    eventually("it is ready again", || world.count("Ready") == 2).await;
    world.end().await;
}

#[tokio::test]
async fn an_idle_process_is_stopped_and_the_next_request_starts_one() {
    let world = World::new(&[function("f", json!({ "idle_ms": 100 }))]).await;
    let pid: u32 = world.text("/pid").await.parse().unwrap();
    eventually("it is stopped", || !is_alive(pid)).await;
    assert_eq!(world.status("/").await, 200);
    assert_eq!(world.count("Killed"), 0, "it was asked to end, not killed");
    world.end().await;
}

#[tokio::test]
async fn replacing_under_load_loses_nothing_and_ends_with_new_processes() {
    for concurrency in [1, 8] {
        let with = json!({ "concurrency": concurrency, "processes": { "max": 2 }, "max_queued": 1_000 });
        let world = Arc::new(World::new(&[function("f", with)]).await);
        let first: u32 = world.text("/pid").await.parse().unwrap();
        let load = {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut statuses = Vec::new();
                for _ in 0..20 {
                    statuses.extend(at_once(&world, 10, "/").await);
                }
                statuses
            })
        };
        while !load.is_finished() {
            world.adapter.replace(&["f", "unknown"]);
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        let statuses = load.await.unwrap();
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        assert_ne!(world.text("/pid").await.parse(), Ok(first));
        eventually("the first process has ended", || !is_alive(first)).await;
    }
}

#[tokio::test]
async fn a_process_finds_the_environment_that_lambda_gives() {
    let with = json!({ "environment": { "GREETING": "hi" }, "memory_mib": 256, "concurrency": 3,
                       "inherit_environment": [] });
    let world = World::new(&[function("web-home", with)]).await;
    let environment: Value = serde_json::from_str(&world.text("/environment").await).unwrap();
    for (name, value) in [
        ("GREETING", "hi"),
        ("AWS_LAMBDA_FUNCTION_NAME", "web-home"),
        ("_HANDLER", "web-home"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_MAX_CONCURRENCY", "3"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/web-home"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    for name in ["AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "LAMBDA_TASK_ROOT", "AWS_LAMBDA_LOG_STREAM_NAME"] {
        assert!(environment[name].as_str().is_some_and(|value| !value.is_empty()), "{name}");
    }
    assert!(environment.get("CARGO_MANIFEST_DIR").is_none(), "nothing is inherited that is not named");
    world.end().await;
}

#[tokio::test]
async fn a_direct_invocation_returns_what_lambda_returns() {
    let with = json!({ "environment": { "TESTBED_KIND": "json" }, "routes": [], "timeout_ms": 500 });
    let world = World::new(&[function("f", with)]).await;
    let invoke =
        async |event: Value| world.adapter.invoke("f", Bytes::from(event.to_string())).await.unwrap();
    let fine = invoke(json!({ "a": 1 })).await;
    let answer: Value = serde_json::from_slice(&fine.payload).unwrap();
    assert_eq!((answer["event"]["a"].as_i64(), fine.function_error), (Some(1), None));
    assert_eq!(answer["request_id"], fine.request_id);
    for (deed, kind) in [("exit", "Runtime.ExitError"), ("hang", "Sandbox.Timedout")] {
        let failed = invoke(json!({ "do": deed })).await;
        let error: Value = serde_json::from_slice(&failed.payload).unwrap();
        assert_eq!(
            (error["errorType"].as_str(), failed.function_error.as_deref()),
            (Some(kind), Some("Unhandled"))
        );
    }
    let reported = invoke(json!({ "do": "fail" })).await;
    let error: Value = serde_json::from_slice(&reported.payload).unwrap();
    assert_eq!(error["errorMessage"], "as was asked");
    assert!(world.adapter.invoke("unknown", Bytes::new()).await.is_err());
    world.end().await;
}

#[tokio::test]
async fn a_process_that_registered_as_an_extension_tidies_up_when_it_is_asked_to_end() {
    for (end, concurrency) in [("idle", 1), ("shutdown", 4)] {
        let idle_ms = if end == "idle" { 100 } else { 60_000 };
        let with = json!({ "idle_ms": idle_ms, "concurrency": concurrency,
                           "environment": { "TESTBED_SIGTERM": "finish" } });
        let world = World::new(&[function("f", with)]).await;
        assert_eq!(world.text("/slow").await, "slow");
        let seen = Arc::clone(&world.seen);
        let tidied = move || seen.output.lock().unwrap().iter().any(|line| line.ends_with("tidied up"));
        if end == "idle" {
            eventually("it has tidied up", &tidied).await;
        }
        let seen = Arc::clone(&world.seen);
        world.end().await;
        assert!(tidied(), "{:?}", seen.output.lock().unwrap());
        let killed = seen.processes.lock().unwrap().iter().any(|event| event.contains("Killed"));
        assert!(!killed, "it was given the time");
    }
}

#[tokio::test]
async fn a_process_that_ignores_sigterm_is_killed_after_its_second() {
    let with = json!({ "idle_ms": 100, "environment": { "TESTBED_SIGTERM": "ignore" } });
    let world = World::new(&[function("f", with)]).await;
    let pid: u32 = world.text("/pid").await.parse().unwrap();
    eventually("it is gone", || !is_alive(pid)).await;
    eventually("it is told", || world.count("it did not end when asked to") == 1).await;
    world.end().await;
}
