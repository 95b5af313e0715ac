//! Event source mappings, against a queue in memory that speaks SQS's JSON protocol to the real client.
//!
//! It knows as much of SQS as is needed to see what the mapping does: receiving hides, deleting removes,
//! hidden messages come back.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use crate::world::{World, eventually, function, manifest};

#[derive(Default)]
struct Queue {
    messages: Mutex<BTreeMap<usize, Message>>,
    calls: Mutex<Vec<(String, Value)>>,
}

#[derive(Clone)]
struct Message {
    body: String,
    visible: Instant,
    received: usize,
}

struct Server {
    queue: Arc<Queue>,
    url: String,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let queue = Arc::new(Queue::default());
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&queue);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let queue = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&queue), request));
                connections.spawn(async move {
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { queue, url, _tasks: tasks }
    }

    fn send(&self, bodies: impl IntoIterator<Item = Value>) {
        let mut messages = self.queue.messages.lock().unwrap();
        for body in bodies {
            let id = messages.len();
            messages.insert(id, Message { body: body.to_string(), visible: Instant::now(), received: 0 });
        }
    }

    fn left(&self) -> Vec<(String, usize)> {
        self.queue.messages.lock().unwrap().values().map(|m| (m.body.clone(), m.received)).collect()
    }

    fn calls(&self, operation: &str) -> Vec<Value> {
        let calls = self.queue.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| name == operation).map(|(_, input)| input.clone()).collect()
    }

    /// An adapter with one function of plain JSON on this queue.
    async fn world(&self, mapping: Value) -> World {
        let mut queue = json!({ "url": format!("{}/000000000000/q", self.url), "visibility_timeout_s": 1 });
        queue.as_object_mut().unwrap().extend(mapping.as_object().unwrap().clone());
        let with = json!({ "routes": [], "queues": [queue], "environment": { "TESTBED_KIND": "json" } });
        let mut manifest = manifest(&[function("jobs", with)]);
        manifest["aws"] = json!({ "endpoint_url": self.url, "region": "eu-central-1" });
        World::of(manifest).await
    }
}

async fn answer(queue: Arc<Queue>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers()["x-amz-target"].to_str().unwrap().to_owned();
    let operation = target.trim_start_matches("AmazonSQS.").to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let input: Value = serde_json::from_slice(&body).unwrap();
    queue.calls.lock().unwrap().push((operation.clone(), input.clone()));
    let output = match operation.as_str() {
        "ReceiveMessage" => receive(&queue, &input).await,
        "DeleteMessageBatch" => each(&queue, &input, |messages, id, _| drop(messages.remove(&id))),
        "ChangeMessageVisibilityBatch" => each(&queue, &input, |messages, id, entry| {
            let seconds = entry["VisibilityTimeout"].as_u64().unwrap();
            messages.get_mut(&id).unwrap().visible = Instant::now() + Duration::from_secs(seconds);
        }),
        other => panic!("{other} is not expected"),
    };
    let response = Response::builder().header("content-type", "application/x-amz-json-1.0");
    Ok(response.body(Full::from(output.to_string())).unwrap())
}

async fn receive(queue: &Queue, input: &Value) -> Value {
    let deadline =
        Instant::now() + Duration::from_secs(input["WaitTimeSeconds"].as_u64().unwrap_or_default());
    loop {
        let found = take(queue, input);
        if !found.is_empty() || Instant::now() >= deadline {
            return json!({ "Messages": found });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn take(queue: &Queue, input: &Value) -> Vec<Value> {
    let now = Instant::now();
    let hidden = Duration::from_secs(input["VisibilityTimeout"].as_u64().unwrap_or(30));
    let most = usize::try_from(input["MaxNumberOfMessages"].as_u64().unwrap()).unwrap();
    let mut messages = queue.messages.lock().unwrap();
    let visible = messages.iter_mut().filter(|(_, message)| message.visible <= now).take(most);
    visible
        .map(|(id, message)| {
            message.visible = now + hidden;
            message.received += 1;
            let id = id.to_string();
            json!({ "MessageId": id, "ReceiptHandle": id, "Body": message.body, "MD5OfBody": "unchecked",
                    "Attributes": { "ApproximateReceiveCount": message.received.to_string() } })
        })
        .collect()
}

fn each(queue: &Queue, input: &Value, deed: impl Fn(&mut BTreeMap<usize, Message>, usize, &Value)) -> Value {
    let mut messages = queue.messages.lock().unwrap();
    let entries = input["Entries"].as_array().unwrap();
    let done = entries.iter().map(|entry| {
        deed(&mut messages, entry["ReceiptHandle"].as_str().unwrap().parse().unwrap(), entry);
        json!({ "Id": entry["Id"] })
    });
    json!({ "Successful": done.collect::<Vec<_>>(), "Failed": [] })
}

#[tokio::test]
async fn a_batch_is_invoked_once_and_deleted() {
    let server = Server::new().await;
    server.send((0..10).map(|n| json!({ "n": n })));
    let world = server.world(json!({})).await;
    eventually("all are deleted", || server.left().is_empty()).await;
    eventually("the observer is told", || !world.seen.invocations.lock().unwrap().is_empty()).await;
    let told = world.seen.invocations.lock().unwrap()[0].clone();
    assert_eq!((told.batch_size, told.failures, told.error), (10, 0, None));
    assert_eq!(server.calls("DeleteMessageBatch").len(), 1);
    let asked = &server.calls("ReceiveMessage")[0];
    assert_eq!(
        (asked["WaitTimeSeconds"].as_u64(), asked["MaxNumberOfMessages"].as_u64()),
        (Some(20), Some(10))
    );
    world.end().await;
}

#[tokio::test]
async fn only_messages_that_did_not_fail_are_deleted_and_the_others_come_back() {
    let server = Server::new().await;
    server.send((0..4).map(|n| if n == 2 { json!("fail once") } else { json!("fine") }));
    let world = server.world(json!({ "report_batch_item_failures": true })).await;
    eventually("the others are deleted", || server.left().len() == 1).await;
    assert_eq!(server.left(), [("\"fail once\"".to_owned(), 1)]);
    eventually("it came back and succeeded", || server.left().is_empty()).await;
    world.end().await;
}

#[tokio::test]
async fn after_an_error_or_a_crash_nothing_is_deleted() {
    for deed in ["fail", "exit", "garbage"] {
        let server = Server::new().await;
        server.send([json!({ "do": deed })]);
        let world = server.world(json!({ "report_batch_item_failures": true })).await;
        eventually("it came back", || server.left()[0].1 >= 2).await;
        assert!(server.calls("DeleteMessageBatch").is_empty());
        let told = world.seen.invocations.lock().unwrap()[0].clone();
        assert!(told.failures == 1 && told.error.is_some(), "{told:?}");
        world.end().await;
    }
}

#[tokio::test]
async fn with_a_retry_delay_a_failed_message_comes_back_before_its_visibility_timeout_has_run_out() {
    let server = Server::new().await;
    server.send([json!({ "do": "exit" })]);
    let world = server.world(json!({ "visibility_timeout_s": 600, "retry_delay_s": 1 })).await;
    eventually("it came back twice", || server.left()[0].1 >= 3).await;
    let hidden = server.calls("ChangeMessageVisibilityBatch");
    let seconds: Vec<_> = hidden.iter().map(|call| call["Entries"][0]["VisibilityTimeout"].clone()).collect();
    assert_eq!(seconds[..2], [json!(1), json!(2)], "each delay is twice the one before");
    world.end().await;
}

#[tokio::test]
async fn a_batch_that_takes_longer_than_its_visibility_timeout_is_received_once() {
    let server = Server::new().await;
    server.send([json!({ "do": "slow" })]);
    let world = server.world(json!({})).await;
    eventually("it is deleted", || server.left().is_empty()).await;
    assert!(!server.calls("ChangeMessageVisibilityBatch").is_empty(), "it was hidden for longer");
    eventually("the observer is told", || !world.seen.invocations.lock().unwrap().is_empty()).await;
    assert_eq!(world.seen.invocations.lock().unwrap().len(), 1, "it was invoked once");
    world.end().await;
}

#[tokio::test]
async fn a_message_that_is_the_event_is_invoked_by_itself() {
    let server = Server::new().await;
    server.send([json!({ "fire": 1 }), json!({ "do": "fail" }), json!({ "fire": 3 })]);
    let world = server.world(json!({ "payload": "message-body" })).await;
    eventually("two are deleted", || server.left().len() == 1).await;
    eventually("three are told", || world.seen.invocations.lock().unwrap().len() >= 3).await;
    assert!(world.seen.invocations.lock().unwrap().iter().all(|record| record.batch_size == 1));
    let seen = || world.seen.output.lock().unwrap().iter().any(|line| line.contains(r#"saw {"fire":1}"#));
    eventually("the event is the body", seen).await;
    world.end().await;
}

#[tokio::test]
async fn a_batching_window_fills_a_batch_beyond_ten() {
    let server = Server::new().await;
    server.send((0..25).map(|n| json!({ "n": n })));
    let world = server.world(json!({ "batch_size": 25, "batching_window_ms": 5_000 })).await;
    eventually("all are deleted", || server.left().is_empty()).await;
    assert_eq!(world.seen.invocations.lock().unwrap()[0].batch_size, 25);
    world.end().await;
}

#[tokio::test]
async fn a_shutdown_finishes_the_batch_in_flight_and_receives_no_more() {
    let server = Server::new().await;
    server.send([json!({ "do": "slow" })]);
    let world = server.world(json!({})).await;
    eventually("it is received", || server.left()[0].1 == 1).await;
    world.end().await;
    assert!(server.left().is_empty(), "it was finished and deleted");
    server.send([json!({})]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.left()[0].1, 0);
}
