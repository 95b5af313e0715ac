//! Every sample event replays: `events/<function>/event.json` through Lambda's Invoke.

use std::fs;

use catalog::{FUNCTIONS, Trigger};
use http::Method;

use crate::{
    http::Client,
    runner::{Runner, project},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_function_answers_its_sample_event() {
    let runner = Runner::start();
    // As a program does: a page of a browser would be refused.
    let mut lambda = Client::new(&runner.running.urls.aws).with_header("content-type", "application/json");
    for function in FUNCTIONS {
        let event = fs::read(project().join("events").join(function.name).join("event.json")).unwrap();
        let path = format!("/2015-03-31/functions/{}/invocations", function.name);
        let answer = lambda.send(Method::POST, &path, None, event.into()).await;
        assert_eq!(answer.status, 200, "{}: {}", function.name, answer.text());
        assert_eq!(answer.header("x-amz-function-error"), None, "{}: {}", function.name, answer.text());
        if let Trigger::Http { .. } = function.trigger {
            let status = answer.json()["statusCode"].as_u64().unwrap();
            assert!((200..500).contains(&status), "{}: {}", function.name, answer.text());
        }
    }
}
