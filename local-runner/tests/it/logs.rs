//! What functions log: JSON lines that tell the request and trace which they belong to.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::Value;

use crate::{
    http::Client,
    runner::{Folder, Runner, project},
};

/// The first line that a function logged, waited for, with the fields of all its spans.
async fn logged(runner: &Runner, function: &str) -> Value {
    let started = Instant::now();
    loop {
        let output = runner.output();
        let mut lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found = lines.find(|line| line["kind"] == "output" && line["function"] == function);
        if let Some(line) = found {
            return line["line"].clone();
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{function} logged nothing:\n{output}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A field of the innermost span that has it.
fn field(line: &Value, name: &str) -> String {
    let spans = line["spans"].as_array().unwrap_or_else(|| panic!("no spans: {line}"));
    let found = spans.iter().rev().find_map(|span| span[name].as_str());
    found.unwrap_or_else(|| panic!("no {name}: {line}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_line_names_its_request_its_trace_and_its_message() {
    let runner = Runner::start_in(Folder::new(), &["--json"]);
    let mut lambda = Client::new(&runner.running.urls.aws);
    let event = std::fs::read(project().join("events/import-customers/event.json")).unwrap();
    let event: Value = serde_json::from_slice(&event).unwrap();
    let path = "/2015-03-31/functions/import-customers/invocations";
    let answer = lambda.post_plain_json(path, &event).await;
    assert_eq!(answer.status, http::StatusCode::OK, "{}", answer.text());
    let line = logged(&runner, "import-customers").await;
    assert!(!field(&line, "request_id").is_empty());
    assert!(field(&line, "trace_id").starts_with("Root=1-"), "{line}");
    assert!(!field(&line, "message_id").is_empty());

    let demo = runner.running.demo.clone().unwrap();
    let mut app = runner.app();
    app.post_form("/login", &[("email", &demo.email), ("password", &demo.password)]).await;
    let broken = bytes::Bytes::from_static(b"--b\r\nno end");
    let answer = app.send(Method::POST, "/imports", Some("multipart/form-data; boundary=b"), broken).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    let line = logged(&runner, "web-start-import").await;
    assert_eq!(Some(field(&line, "request_id").as_str()), answer.header("apigw-requestid"));
    assert!(field(&line, "trace_id").starts_with("Root=1-"), "{line}");
}
