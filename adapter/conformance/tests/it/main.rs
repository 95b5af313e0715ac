//! The suite against the adapter, in every event format; and against a host that does everything wrong.

#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    time::Duration,
};

use adapter::{Adapter, Manifest, observer::Observer};
use serde_json::{Value, json};

struct Silent;

impl Observer for Silent {}

/// Named after this process: a function leaves marks in the folder for temporary files.
fn function(format: &str) -> Value {
    json!({
        "name": format!("conformance-{format}-{}", std::process::id()),
        "command": env!("CARGO_BIN_EXE_lambda-conformance"),
        "timeout_ms": 3_000,
        "processes": { "max": 1 },
        "routes": [{ "method": "ANY", "path": format!("/{format}/{{proxy+}}"), "event": format }],
    })
}

#[tokio::test]
async fn the_adapter_keeps_every_rule_in_every_format() {
    let formats = ["http-api", "rest-api", "alb", "alb-single-value"];
    let functions: Vec<Value> = formats.iter().map(|format| function(format)).collect();
    let manifest = json!({ "listen": "127.0.0.1:0", "functions": functions }).to_string();
    let adapter = Adapter::start(Manifest::from_json(&manifest).unwrap(), Arc::new(Silent)).await.unwrap();
    let mut drives = tokio::task::JoinSet::new();
    for format in formats {
        let base = format!("http://{}/{format}", adapter.local_addr());
        drives.spawn_blocking(move || (format, lambda_conformance::drive(&base).unwrap()));
    }
    while let Some(drive) = drives.join_next().await {
        let (format, checks) = drive.unwrap();
        let (table, all_kept) = lambda_conformance::report(&checks);
        assert!(all_kept && checks.len() > 45, "{format}\n{table}");
    }
    adapter.shutdown(Duration::from_secs(5)).await;
}

#[test]
fn a_host_that_answers_everything_with_200_keeps_few_rules() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/x", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    let checks = lambda_conformance::drive(&base).unwrap();
    let (table, all_kept) = lambda_conformance::report(&checks);
    assert!(!all_kept && table.contains("FAILED"), "{table}");
    let failed = checks.iter().filter(|check| !check.ok).count();
    assert!(failed * 2 > checks.len(), "{table}");
}
