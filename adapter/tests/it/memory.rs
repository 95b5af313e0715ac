//! Memory limits: of functions, and that the adapter itself keeps nothing of a request.

use std::{fs, time::Duration};

use http::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    program::Program,
    world::{World, eventually, function, manifest},
};

#[tokio::test]
async fn a_process_over_its_memory_limit_is_killed_and_the_log_says_how_much_it_had() {
    for concurrency in [1, 8] {
        let with = json!({ "memory_mib": 64, "concurrency": concurrency });
        let world = World::new(&[function("f", with)]).await;
        assert_eq!(world.status("/before").await, 200);
        assert_eq!(world.status("/leak").await, StatusCode::BAD_GATEWAY);
        let reason = world.last_reason();
        let used = reason.split("killed: used ").nth(1).and_then(|rest| rest.split_once(" MiB of 64"));
        let used: u64 = used.expect(&reason).0.parse().unwrap();
        assert!(used > 64, "{reason}");
        let told = |what: &str| world.seen.processes.lock().unwrap().iter().any(|event| event.contains(what));
        eventually("it is told", || told("Killed(\"used ") && told("MiB of 64\")")).await;
        assert_eq!(world.status("/after").await, 200);
        world.end().await;
    }
}

#[tokio::test]
async fn a_limit_that_is_only_told_kills_nobody() {
    let with = json!({ "memory_mib": 32, "enforce_memory": false, "timeout_ms": 1_500 });
    let world = World::new(&[function("f", with)]).await;
    assert_eq!(world.status("/leak").await, StatusCode::GATEWAY_TIMEOUT);
    world.end().await;
}

#[tokio::test]
async fn what_a_process_has_started_counts_too() {
    let world = World::new(&[function("f", json!({ "memory_mib": 64 }))]).await;
    assert_eq!(world.status("/leaking-child").await, StatusCode::BAD_GATEWAY);
    assert!(world.last_reason().contains("killed: used "), "{}", world.last_reason());
    world.end().await;
}

/// `VmRSS` in bytes.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// So many requests over eight kept-alive connections.
async fn requests(address: &str, number: usize) {
    let each = (0..8).map(|_| {
        let address = address.to_owned();
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            let mut buffer = vec![0; 64 * 1024];
            for request in 0..number / 8 {
                let path = format!("/pid?request={request}");
                stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.unwrap();
                let length = stream.read(&mut buffer).await.unwrap();
                assert!(buffer[..length].starts_with(b"HTTP/1.1 200"), "{length}");
            }
        })
    });
    for task in futures::future::join_all(each).await {
        task.unwrap();
    }
}

/// `ADAPTER_TEST_REQUESTS=1000000` makes it the run that is recorded in `docs/adapter.md`.
#[tokio::test]
async fn the_adapter_keeps_nothing_of_a_request_that_has_ended() {
    let number = std::env::var("ADAPTER_TEST_REQUESTS").ok().map_or(20_000, |n| n.parse().unwrap());
    let with = json!({ "concurrency": 8, "processes": { "max": 1 }, "max_queued": 1_000 });
    let mut program = Program::start("requests", &manifest(&[function("f", with)]));
    let address = program.address().await;
    // Until then pools, buffers and the allocator's own reserves fill.
    requests(&address, 5_000).await;
    let before = resident(program.child.id());
    let mut marks = vec![before];
    for _ in 0..4 {
        requests(&address, number / 4).await;
        marks.push(resident(program.child.id()));
    }
    println!("resident after 5,000 requests and each quarter of {number} more: {marks:?}");
    let grown = marks[4].saturating_sub(before);
    assert!(grown < 2 * 1024 * 1024, "grew by {grown} bytes: {marks:?}");
    program.signal(rustix::process::Signal::TERM);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(program.child.wait().unwrap().success());
}
