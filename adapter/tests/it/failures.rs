//! Functions that misbehave: that one request fails as it should, a log line says why, the next one works.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use serde_json::json;

use crate::world::{World, eventually, function, is_alive};

async fn fails_once(concurrency: u32, path: &str, status: StatusCode, reason: &str) {
    let timeout_ms = if path == "/hang" { 1_000 } else { 20_000 };
    let with = json!({ "concurrency": concurrency, "timeout_ms": timeout_ms });
    let world = World::new(&[function("f", with)]).await;
    assert_eq!(world.status("/before").await, 200);
    assert_eq!(world.status(path).await, status, "{path} with concurrency {concurrency}");
    let told = world.last_reason();
    assert!(told.contains(reason), "{path}: {told}");
    assert_eq!(world.status("/after").await, 200, "after {path} with concurrency {concurrency}");
    world.end().await;
}

#[tokio::test]
async fn a_panic_is_answered_502_and_the_next_request_works() {
    fails_once(1, "/panic", StatusCode::BAD_GATEWAY, "as was asked").await;
    fails_once(4, "/panic", StatusCode::BAD_GATEWAY, "as was asked").await;
}

#[tokio::test]
async fn an_error_is_answered_502_and_the_next_request_works() {
    fails_once(1, "/error", StatusCode::BAD_GATEWAY, "as was asked").await;
}

#[tokio::test]
async fn an_exit_is_answered_502_with_its_last_words_in_the_log() {
    fails_once(1, "/exit", StatusCode::BAD_GATEWAY, "exit status: 7\nabout to exit").await;
    fails_once(4, "/exit", StatusCode::BAD_GATEWAY, "exit status: 7\nabout to exit").await;
}

#[tokio::test]
async fn a_hang_is_answered_504_at_the_deadline_and_the_next_request_works() {
    fails_once(1, "/hang", StatusCode::GATEWAY_TIMEOUT, "1000 ms").await;
    fails_once(4, "/hang", StatusCode::GATEWAY_TIMEOUT, "1000 ms").await;
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_no_response_is_answered_502() {
    fails_once(1, "/big", StatusCode::BAD_GATEWAY, "larger than").await;
    fails_once(1, "/no-response", StatusCode::BAD_GATEWAY, "statusCode").await;
}

#[tokio::test]
async fn a_failure_tells_the_client_nothing_about_the_inside() {
    let world = World::new(&[function("f", json!({}))]).await;
    let response = world.get("/exit").await;
    let body = String::from_utf8(response.body().to_vec()).unwrap();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert!(!body.contains("exit") && !body.contains("\"f\""), "{body}");
    let id = response.headers()["apigw-requestid"].to_str().unwrap();
    assert!(body.contains(id));
    assert_eq!(world.seen.requests.lock().unwrap()[0].request_id, id);
    world.end().await;
}

#[tokio::test]
async fn a_sigkill_fails_only_what_was_in_flight() {
    let world = World::new(&[function("f", json!({}))]).await;
    let pid: u32 = world.text("/pid").await.parse().unwrap();
    let killed_while = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        sigkill(pid);
    };
    let (status, ()) = tokio::join!(world.status("/hang"), killed_while);
    assert_eq!(status, 502);
    assert!(world.last_reason().contains("SIGKILL"), "{}", world.last_reason());
    assert_ne!(world.text("/pid").await.parse(), Ok(pid));
    world.end().await;
}

#[tokio::test]
async fn a_process_that_dies_while_idle_costs_no_request() {
    let world = World::new(&[function("f", json!({}))]).await;
    for _ in 0..5 {
        let pid: u32 = world.text("/pid").await.parse().unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
        sigkill(pid);
        // Without giving the adapter the time to notice.
        while is_alive(pid) {
            std::thread::yield_now();
        }
        assert_ne!(world.text("/pid").await.parse(), Ok(pid));
    }
    world.end().await;
}

#[tokio::test]
async fn a_concurrent_process_with_one_hanging_invocation_finishes_the_others_first() {
    let with = json!({ "concurrency": 4, "timeout_ms": 600, "processes": { "max": 1 } });
    let world = World::new(&[function("f", with)]).await;
    let pid: u32 = world.text("/pid").await.parse().unwrap();
    let late = async {
        tokio::time::sleep(Duration::from_millis(450)).await;
        world.text("/slow").await
    };
    let (hung, slow) = tokio::join!(world.status("/hang"), late);
    assert_eq!((hung, slow.as_str()), (StatusCode::GATEWAY_TIMEOUT, "slow"));
    eventually("the process is killed", || !is_alive(pid)).await;
    assert_ne!(world.text("/pid").await.parse(), Ok(pid));
    world.end().await;
}

#[tokio::test]
async fn a_function_that_cannot_start_is_answered_503_and_not_started_again_and_again() {
    for (start, reason) in
        [("fail", "the configuration is missing"), ("hang", "did not ask for work within 500 ms")]
    {
        let with = json!({ "environment": { "TESTBED_START": start }, "start_timeout_ms": 500 });
        let world = World::new(&[function("f", with)]).await;
        let response = world.get("/").await;
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        assert!(world.last_reason().contains(reason), "{}", world.last_reason());
        for _ in 0..20 {
            assert_eq!(world.status("/").await, 503);
        }
        let starts = || world.seen.processes.lock().unwrap().iter().filter(|e| e.contains("Started")).count();
        assert!(starts() <= 6, "started {} times", starts());
        let before = starts();
        while starts() == before {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(world.status("/").await, 503, "and after the pause it is tried again");
        }
        world.end().await;
    }
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_answered_503() {
    let world = World::new(&[function("f", json!({ "command": "/does/not/exist" }))]).await;
    assert_eq!(world.status("/").await, 503);
    assert!(world.last_reason().contains("/does/not/exist"), "{}", world.last_reason());
    world.end().await;
}

#[tokio::test]
async fn beyond_the_bound_of_the_queue_the_answer_is_503_at_once() {
    let with = json!({ "max_queued": 2, "processes": { "max": 1 }, "timeout_ms": 2_000 });
    let world = Arc::new(World::new(&[function("f", with)]).await);
    assert_eq!(world.status("/").await, 200);
    let requests = (0..6).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.status("/slow").await })
    });
    let statuses: Vec<_> =
        futures::future::join_all(requests).await.into_iter().map(Result::unwrap).collect();
    let count = |status: u16| statuses.iter().filter(|s| s.as_u16() == status).count();
    assert_eq!((count(200), count(503)), (3, 3), "{statuses:?}");
    assert!(world.last_reason().contains("invocations are waiting"), "{}", world.last_reason());
}

#[tokio::test]
async fn one_slow_function_does_not_starve_another() {
    let routed = |path: &str| json!({ "routes": [{ "method": "ANY", "path": path }], "timeout_ms": 3_000 });
    let world =
        Arc::new(World::new(&[function("slow", routed("/hang")), function("fast", routed("/fast"))]).await);
    assert_eq!(world.status("/fast").await, 200);
    let hanging: Vec<_> = (0..20)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.status("/hang").await })
        })
        .collect();
    for _ in 0..100 {
        assert_eq!(world.status("/fast").await, 200);
    }
    assert!(hanging.iter().all(|task| !task.is_finished()), "they hung all the while");
    hanging.into_iter().for_each(|task| task.abort());
}

fn sigkill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
