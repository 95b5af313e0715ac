//! Lambda's Invoke, and what is not served at all.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_runner::aws::{InvokeFuture, InvokeOutcome, InvokeRefused, Invoker};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::aws_world::World;

/// Echoes to its caller, or fails as its function's name says; tells the test what it was called with.
struct Echo(mpsc::UnboundedSender<String>);

impl Invoker for Echo {
    fn invoke<'a>(&'a self, function: &'a str, payload: Bytes) -> InvokeFuture<'a> {
        Box::pin(async move {
            let _ = self.0.send(function.to_owned());
            match function {
                "echo" => Ok(InvokeOutcome { payload, function_error: None }),
                "broken" => Ok(InvokeOutcome {
                    payload: Bytes::from(r#"{"errorMessage":"broken"}"#),
                    function_error: Some("Unhandled".into()),
                }),
                "busy" => Err(InvokeRefused::TooManyRequests),
                _ => Err(InvokeRefused::NotFound),
            }
        })
    }
}

async fn world() -> (World, mpsc::UnboundedReceiver<String>) {
    let (sender, calls) = mpsc::unbounded_channel();
    (World::with_invoker(Arc::new(Echo(sender))).await, calls)
}

async fn post(world: &World, path: &str, header: (&str, &str), body: &'static str) -> (Response<()>, String) {
    let request =
        Request::post(format!("{}{path}", world.services.endpoint_url())).header(header.0, header.1);
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
}

async fn invoke(world: &World, function: &str, kind: &str) -> (Response<()>, String) {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    post(world, &path, ("x-amz-invocation-type", kind), "{\"a\":1}").await
}

#[tokio::test]
async fn a_function_answers_with_its_payload_and_says_when_it_failed() {
    let (world, _calls) = world().await;
    let (response, body) = invoke(&world, "echo", "RequestResponse").await;
    assert_eq!((response.status().as_u16(), body.as_str()), (200, "{\"a\":1}"));
    assert!(!response.headers().contains_key("x-amz-function-error"));
    let (response, body) = invoke(&world, "broken", "RequestResponse").await;
    assert_eq!((response.status().as_u16(), body.as_str()), (200, r#"{"errorMessage":"broken"}"#));
    assert_eq!(response.headers()["x-amz-function-error"], "Unhandled");
    world.services.shutdown().await;
}

#[tokio::test]
async fn an_event_is_accepted_before_it_is_worked_on_and_a_dry_run_calls_nothing() {
    let (world, mut calls) = world().await;
    assert_eq!(invoke(&world, "echo", "DryRun").await.0.status(), 204);
    assert_eq!(invoke(&world, "broken", "Event").await.0.status(), 202);
    let called = tokio::time::timeout(Duration::from_secs(10), calls.recv()).await.unwrap();
    assert_eq!(called.as_deref(), Some("broken"));
    world.services.shutdown().await;
}

#[tokio::test]
async fn refusals_are_told_as_lambda_tells_them() {
    let (world, _calls) = world().await;
    let (response, body) = invoke(&world, "none", "RequestResponse").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["x-amzn-errortype"], "ResourceNotFoundException");
    assert_eq!(body["Message"], "Function not found: arn:aws:lambda:eu-central-1:000000000000:function:none");
    assert_eq!(invoke(&world, "busy", "RequestResponse").await.0.status(), 429);
    world.services.shutdown().await;
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_its_name() {
    let world = World::start().await;
    for target in
        ["AmazonSSM.CreateDocument", "DynamoDB_20120810.RestoreTableFromBackup", "AmazonSQS.FreezeQueue"]
    {
        let (response, body) = post(&world, "/", ("x-amz-target", target), "{}").await;
        assert_eq!(response.status(), 400);
        let operation = target.split('.').next_back().unwrap();
        assert!(body.contains(operation) && body.contains("local runner"), "{body}");
    }
    let form = ("content-type", "application/x-www-form-urlencoded");
    let (response, body) = post(&world, "/", form, "Action=ListTopics").await;
    assert_eq!(response.status(), 400, "{body}");
    world.services.shutdown().await;
}
