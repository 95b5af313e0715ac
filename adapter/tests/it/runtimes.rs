//! Custom runtimes in other languages: the protocol is the contract, not the crate that speaks it.

use std::{collections::HashSet, path::Path, process::Command};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::world::{World, function};

/// The interpreter's path, as it knows itself; none if it is not installed.
fn interpreter(name: &str, tell: &[&str]) -> Option<String> {
    let output = Command::new(name).args(tell).output().ok().filter(|output| output.status.success());
    Some(String::from_utf8(output?.stdout).unwrap().trim().to_owned())
}

async fn hosts(runtime: &str, interpreter: String, script: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtimes").join(script);
    let with = json!({ "command": interpreter, "args": [script], "processes": { "max": 1 } });
    let world = World::new(&[function("f", with)]).await;
    let post = |body: &'static str| {
        let request =
            Request::post(world.uri("/a%20b/c?x=1&x=2&y=%C3%A4")).header("content-type", "text/plain");
        request.body(Bytes::from_static(body.as_bytes())).unwrap()
    };
    let saw = world.echo(post("grüße")).await;
    assert_eq!(saw["runtime"], runtime);
    assert_eq!((&saw["method"], &saw["body"]), (&json!("POST"), &json!("grüße")));
    assert_eq!((&saw["path"], &saw["query"]), (&json!("/a%20b/c"), &json!("x=1&x=2&y=%C3%A4")));
    let mut seen = HashSet::new();
    for _ in 0..50 {
        let saw: Value = serde_json::from_str(&world.text("/again").await).unwrap();
        assert_eq!(
            saw["pid"],
            seen.iter().next().map_or(saw["pid"].clone(), |(pid, _): &(Value, Value)| pid.clone())
        );
        seen.insert((saw["pid"].clone(), saw["request_id"].clone()));
    }
    assert_eq!(seen.len(), 50, "each request has an id of its own");
    assert_eq!(world.status("/fail").await, 502);
    assert!(world.last_reason().contains("as was asked"), "{}", world.last_reason());
    assert_eq!(world.status("/exit").await, 502);
    assert!(world.last_reason().contains("about to exit"), "{}", world.last_reason());
    assert_eq!(world.status("/after").await, 200);
    world.end().await;
}

#[tokio::test]
async fn a_custom_runtime_in_python_is_hosted() {
    if let Some(python) = interpreter("python3", &["-c", "import sys; print(sys.executable)"]) {
        hosts("python", python, "custom.py").await;
    } else {
        println!("skipped: `python3` is not installed");
    }
}

#[tokio::test]
async fn a_custom_runtime_in_node_is_hosted() {
    if let Some(node) = interpreter("node", &["-p", "process.execPath"]) {
        hosts("node", node, "custom.mjs").await;
    } else {
        println!("skipped: `node` is not installed");
    }
}
