//! Manifests that are wrong are refused with the path of what is wrong.

use adapter::{Manifest, manifest::QueuePayload};
use serde_json::{Value, json};

fn problems(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut manifest = json!({ "functions": [
        { "name": "a", "command": "/bin/a", "routes": [{ "host": "h", "method": "GET", "path": "/x/{id}" }] },
        { "name": "b", "command": "/bin/b", "routes": [{ "host": "h", "method": "GET", "path": "/y" }],
          "queues": [{ "url": "http://127.0.0.1:1/1/q" }] },
    ]});
    change(&mut manifest);
    match Manifest::from_json(&manifest.to_string()) {
        Ok(_) => Vec::new(),
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}

/// Exactly one problem, at this path.
fn refused(path: &str, change: impl FnOnce(&mut Value)) {
    let found = problems(change);
    assert!(found.len() == 1 && found[0].starts_with(&format!("{path}:")), "{path}: {found:?}");
}

#[test]
fn a_short_manifest_gets_defaults() {
    assert_eq!(problems(|_| {}), Vec::<String>::new());
    let text = r#"{"functions":[{"name":"a","command":"/a","queues":[{"url":"http://q/1/q"}]}],"aws":{"endpoint_url":null}}"#;
    let manifest = Manifest::from_json(text).unwrap();
    let function = &manifest.functions[0];
    assert_eq!((manifest.listen.port(), manifest.max_body_bytes), (3000, 6 * 1024 * 1024));
    assert_eq!((function.concurrency, function.processes.min, function.processes.max), (1, 0, 2));
    assert_eq!((function.queues[0].batch_size, function.queues[0].payload), (10, QueuePayload::SqsEvent));
}

#[test]
fn values_out_of_range_are_named() {
    refused("functions[1].name", |m| m["functions"][1]["name"] = json!("a"));
    refused("functions[0].name", |m| m["functions"][0]["name"] = json!("a b"));
    refused("compression.algorithms", |m| m["compression"] = json!({ "algorithms": [] }));
    refused("compression.algorithms[0]", |m| m["compression"] = json!({ "algorithms": ["deflate"] }));
    refused("functions[0].command", |m| m["functions"][0]["command"] = json!("bin/a"));
    refused("functions[0].timeout_ms", |m| m["functions"][0]["timeout_ms"] = json!(900_001));
    refused("functions[0].concurrency", |m| m["functions"][0]["concurrency"] = json!(0));
    refused("functions[0].processes.min", |m| m["functions"][0]["processes"] = json!({ "min": 3, "max": 2 }));
    refused("functions[0].environment", |m| m["functions"][0]["environment"] = json!({ "A=B": "1" }));
    refused("functions[1].queues[0].batch_size", |m| m["functions"][1]["queues"][0]["batch_size"] = json!(0));
    refused("functions[1].queues[0].batching_window_ms", |m| {
        m["functions"][1]["queues"][0]["batch_size"] = json!(11);
    });
    refused("functions[1].queues[0].url", |m| m["functions"][1]["queues"][0]["url"] = json!("q"));
    refused("functions[1].queues[0].batch_size", |m| {
        m["functions"][1]["queues"][0] = json!({ "url": "http://q/1/q.fifo", "batch_size": 11 });
    });
    refused("functions[1].queues[0].lock_table", |m| {
        m["functions"][1]["queues"][0] = json!({ "url": "http://q/1/q", "lock_table": "locks" });
    });
    refused("functions[1].queues[0].lock_table", |m| {
        let queue = json!({ "url": "http://q/1/q", "payload": "scheduled-event", "lock_table": "a table" });
        m["functions"][1]["queues"][0] = queue;
    });
    refused("functions[1].queues[0].visibility_timeout_s", |m| {
        m["functions"][1]["queues"][0]["visibility_timeout_s"] = json!(43_201);
    });
}

#[test]
fn routes_that_are_wrong_or_collide_are_named() {
    let with = |field: &'static str, value: &'static str| {
        move |m: &mut Value| m["functions"][1]["routes"][0][field] = json!(value)
    };
    refused("functions[1].routes[0].method", with("method", "FETCH"));
    refused("functions[1].routes[0].method", with("method", "get"));
    refused("functions[1].routes[0].host", with("host", "h:80"));
    for path in ["y", "/y?z", "/{}", "/a{b}", "/{rest+}/more", "/{a}/{a}"] {
        refused("functions[1].routes[0].path", |m| m["functions"][1]["routes"][0]["path"] = json!(path));
    }
    let colliding = problems(|m| {
        m["functions"][1]["routes"][0] = json!({ "host": "H", "method": "GET", "path": "/x/{other}" });
    });
    assert_eq!(
        colliding,
        [
            "functions[1].routes[0].path: GET /x/{other} on `h` collides with the route at functions[0].routes[0]"
        ]
    );
    assert!(problems(with("method", "ANY")).is_empty());
}

#[test]
fn fields_that_are_unknown_or_of_another_type_are_named() {
    refused("functions[0].routes[0].pat", |m| m["functions"][0]["routes"][0]["pat"] = json!(1));
    refused("functions[1].queues[0].payload", |m| m["functions"][1]["queues"][0]["payload"] = json!("xml"));
    refused("functions[0].timeout_ms", |m| m["functions"][0]["timeout_ms"] = json!("10s"));
    refused("listen", |m| m["listen"] = json!("localhost"));
    assert!(Manifest::from_json("{").unwrap_err().to_string().starts_with("manifest: EOF"));
    assert!(Manifest::from_json("{} {}").unwrap_err().to_string().starts_with("manifest: trailing"));
}

#[test]
fn all_problems_are_reported_together() {
    let found = problems(|m| {
        m["functions"][0]["command"] = json!("a");
        m["functions"][1]["idle_ms"] = json!(0);
    });
    assert_eq!(found.len(), 2, "{found:?}");
}
