//! `adapter invoke`: one function, once, from a manifest with the environment's variables in it.

use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::{
    program,
    world::{function, manifest},
};

/// What the program says when it is asked for this function of a manifest with a queue and a route besides.
fn invoke(name: &str, wanted: &str, payload: &str, input: &str) -> Output {
    let folder = std::env::temp_dir().join(format!("adapter-test-{}-invoke-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let environment = json!({ "TESTBED_KIND": "${KIND}" });
    let task = function("task", json!({ "routes": [], "environment": environment }));
    // Nobody answers there: the queues of a manifest are none of an invocation's business.
    let queue = json!({ "url": "${QUEUES}tasks", "visibility_timeout_s": 1 });
    let other = function("other", json!({ "queues": [queue], "processes": { "min": 1, "max": 1 } }));
    let path = folder.join("manifest.json");
    program::write(&path, &manifest(&[task, other]));
    let mut command = Command::new(env!("CARGO_BIN_EXE_adapter"));
    command.args(["invoke", wanted, "--payload", payload, "--manifest"]).arg(&path);
    command.env("KIND", "json").env("QUEUES", "http://127.0.0.1:1/1/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    output
}

fn said(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_answer_is_printed() {
    let output = invoke("fine", "task", r#"{"n":7}"#, "");
    assert!(output.status.success());
    assert_eq!(said(&output)["event"], json!({ "n": 7 }));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(!log.contains("queue"), "the other function was not started: {log}");
}

#[test]
fn the_event_may_come_from_standard_input() {
    let output = invoke("stdin", "task", "-", r#"{"from":"a pipe"}"#);
    assert_eq!(said(&output)["event"], json!({ "from": "a pipe" }));
}

#[test]
fn a_function_that_fails_or_dies_makes_the_program_fail() {
    for deed in ["fail", "exit"] {
        let output = invoke(deed, "task", &json!({ "do": deed }).to_string(), "");
        assert_eq!(output.status.code(), Some(1), "{deed}");
        assert!(said(&output)["errorType"].is_string(), "{deed}");
    }
}

#[test]
fn an_unknown_function_and_a_payload_that_is_not_json_are_told() {
    let unknown = invoke("unknown", "tusk", "{}", "");
    let log = String::from_utf8(unknown.stderr).unwrap();
    assert!(log.contains("no function `tusk`; it has task, other"), "{log}");
    let wrong = invoke("wrong", "task", "{", "");
    let log = String::from_utf8(wrong.stderr).unwrap();
    assert!(log.contains("the payload is not JSON"), "{log}");
    assert!(unknown.stdout.is_empty() && wrong.stdout.is_empty());
    assert_eq!((unknown.status.code(), wrong.status.code()), (Some(1), Some(1)));
}
