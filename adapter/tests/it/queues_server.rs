//! A queue in memory that speaks SQS's JSON protocol to the real client, and fails as it is told.
//!
//! It knows as much of SQS as is needed to see what a mapping does: receiving hides, deleting removes, hidden
//! messages come back, a FIFO queue (`.fifo`) holds back a group while one of its messages is hidden.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use crate::world::{World, function, manifest};

#[derive(Default)]
pub(crate) struct Queue {
    messages: Mutex<BTreeMap<usize, Message>>,
    calls: Mutex<Vec<(String, Value)>>,
    faults: Mutex<HashMap<String, VecDeque<Fault>>>,
    /// What was answered to receive attempts of a FIFO queue.
    attempts: Mutex<HashMap<String, Vec<Value>>>,
    polling: AtomicUsize,
    most_polling: AtomicUsize,
}

#[derive(Clone)]
struct Message {
    body: String,
    attributes: Value,
    visible: Instant,
    received: usize,
}

/// How a call goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// The service says no.
    Refused(u16, &'static str),
    /// It is done, but the answer does not arrive.
    AnswerLost,
    /// It is done, but the answer is this long on its way.
    AnswerLate(Duration),
    /// Each entry of a batch fails with this code; whether the sender is to blame.
    Entries(&'static str, bool),
}

/// A message as it lies in the queue.
#[derive(Debug, PartialEq)]
pub(crate) struct Left {
    pub(crate) body: String,
    pub(crate) received: usize,
    pub(crate) hidden: bool,
}

pub(crate) struct Server {
    queue: Arc<Queue>,
    pub(crate) url: String,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn new() -> Self {
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

    pub(crate) fn send(&self, bodies: impl IntoIterator<Item = Value>) {
        bodies.into_iter().for_each(|body| self.send_with(&body, json!({})));
    }

    /// One message with system attributes.
    #[allow(clippy::needless_pass_by_value, reason = "callers write it in place")]
    pub(crate) fn send_with(&self, body: &Value, attributes: Value) {
        let mut messages = self.queue.messages.lock().unwrap();
        let id = messages.last_key_value().map_or(0, |(id, _)| id + 1);
        let message = Message { body: body.to_string(), attributes, visible: Instant::now(), received: 0 };
        messages.insert(id, message);
    }

    /// The next calls of this operation go wrong.
    pub(crate) fn fail(&self, operation: &str, faults: impl IntoIterator<Item = Fault>) {
        self.queue.faults.lock().unwrap().entry(operation.to_owned()).or_default().extend(faults);
    }

    pub(crate) fn left(&self) -> Vec<Left> {
        let now = Instant::now();
        let messages = self.queue.messages.lock().unwrap();
        let left = messages.values().cloned();
        left.map(|m| Left { body: m.body, received: m.received, hidden: m.visible > now }).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.messages.lock().unwrap().is_empty()
    }

    pub(crate) fn calls(&self, operation: &str) -> Vec<Value> {
        let calls = self.queue.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| name == operation).map(|(_, input)| input.clone()).collect()
    }

    /// Receive calls that wait now, and the most that ever did.
    pub(crate) fn polling(&self) -> (usize, usize) {
        (self.queue.polling.load(Ordering::Relaxed), self.queue.most_polling.load(Ordering::Relaxed))
    }

    /// An adapter with one function of plain JSON on this queue.
    #[allow(clippy::needless_pass_by_value, reason = "callers write it in place")]
    pub(crate) async fn world(&self, mapping: Value) -> World {
        self.world_of(json!({}), mapping).await
    }

    #[allow(clippy::needless_pass_by_value, reason = "callers write it in place")]
    pub(crate) async fn world_of(&self, with: Value, mapping: Value) -> World {
        World::of(self.manifest(with, mapping)).await
    }

    #[allow(clippy::needless_pass_by_value, reason = "callers write it in place")]
    pub(crate) fn manifest(&self, with: Value, mapping: Value) -> Value {
        let mut queue = json!({ "url": "http://sqs.test/000000000000/q", "visibility_timeout_s": 1 });
        queue.as_object_mut().unwrap().extend(mapping.as_object().unwrap().clone());
        let mut all = json!({ "routes": [], "queues": [queue], "environment": { "TESTBED_KIND": "json" } });
        all.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let mut manifest = manifest(&[function("jobs", all)]);
        manifest["aws"] = json!({ "endpoint_url": self.url, "region": "eu-central-1" });
        manifest
    }
}

async fn answer(queue: Arc<Queue>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers()["x-amz-target"].to_str().unwrap().to_owned();
    let operation = target.trim_start_matches("AmazonSQS.").to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let input: Value = serde_json::from_slice(&body).unwrap();
    queue.calls.lock().unwrap().push((operation.clone(), input.clone()));
    let fault = queue.faults.lock().unwrap().get_mut(&operation).and_then(VecDeque::pop_front);
    if let Some(Fault::Refused(status, code)) = fault {
        let error = json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": "as was asked" });
        return Ok(respond(status, error.to_string()));
    }
    let output = match operation.as_str() {
        "ReceiveMessage" => receive(&queue, &input).await,
        "GetQueueAttributes" => json!({ "Attributes": { "VisibilityTimeout": "2" } }),
        "DeleteMessageBatch" => each(&queue, &input, fault, |messages, id, _| drop(messages.remove(&id))),
        "ChangeMessageVisibilityBatch" => each(&queue, &input, fault, |messages, id, entry| {
            let seconds = entry["VisibilityTimeout"].as_u64().unwrap();
            messages.get_mut(&id).unwrap().visible = Instant::now() + Duration::from_secs(seconds);
        }),
        other => panic!("{other} is not expected"),
    };
    if let Some(Fault::AnswerLate(late)) = fault {
        tokio::time::sleep(late).await;
    }
    match fault {
        Some(Fault::AnswerLost) => Ok(respond(502, String::new())),
        _ => Ok(respond(200, output.to_string())),
    }
}

fn respond(status: u16, body: String) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    response.body(Full::from(body)).unwrap()
}

/// Counts as long as a receive call waits, also when the caller hangs up.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn receive(queue: &Queue, input: &Value) -> Value {
    let attempt = input["ReceiveRequestAttemptId"].as_str();
    if let Some(again) = attempt.and_then(|id| queue.attempts.lock().unwrap().get(id).cloned()) {
        return json!({ "Messages": again });
    }
    let now = queue.polling.fetch_add(1, Ordering::Relaxed) + 1;
    let _waiting = Waiting(&queue.polling);
    queue.most_polling.fetch_max(now, Ordering::Relaxed);
    let deadline =
        Instant::now() + Duration::from_secs(input["WaitTimeSeconds"].as_u64().unwrap_or_default());
    loop {
        let found = take(queue, input);
        if !found.is_empty() || Instant::now() >= deadline {
            if let Some(id) = attempt {
                queue.attempts.lock().unwrap().insert(id.to_owned(), found.clone());
            }
            return json!({ "Messages": found });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn take(queue: &Queue, input: &Value) -> Vec<Value> {
    let now = Instant::now();
    let hidden = Duration::from_secs(input["VisibilityTimeout"].as_u64().unwrap_or(2));
    let most = usize::try_from(input["MaxNumberOfMessages"].as_u64().unwrap()).unwrap();
    let is_fifo = input["QueueUrl"].as_str().unwrap().ends_with(".fifo");
    let mut messages = queue.messages.lock().unwrap();
    let group =
        |message: &Message| message.attributes["MessageGroupId"].as_str().unwrap_or_default().to_owned();
    let blocked: HashSet<String> =
        messages.values().filter(|m| is_fifo && m.visible > now).map(group).collect();
    let visible = messages.iter_mut().filter(|(_, m)| m.visible <= now && !blocked.contains(&group(m)));
    visible
        .take(most)
        .map(|(id, message)| {
            message.visible = now + hidden;
            message.received += 1;
            let mut attributes = message.attributes.clone();
            attributes["ApproximateReceiveCount"] = message.received.to_string().into();
            json!({ "MessageId": format!("id-{id}"), "ReceiptHandle": format!("{id} {}", message.received),
                    "Body": message.body, "MD5OfBody": "unchecked", "Attributes": attributes })
        })
        .collect()
}

/// Does something with each message of a batch whose receipt is its newest.
fn each(
    queue: &Queue,
    input: &Value,
    fault: Option<Fault>,
    deed: impl Fn(&mut BTreeMap<usize, Message>, usize, &Value),
) -> Value {
    let mut messages = queue.messages.lock().unwrap();
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for entry in input["Entries"].as_array().unwrap() {
        let (id, received) = entry["ReceiptHandle"].as_str().unwrap().split_once(' ').unwrap();
        let id = id.parse().unwrap();
        let is_newest = messages.get(&id).is_some_and(|m| m.received.to_string() == received);
        let refused = match fault {
            Some(Fault::Entries(code, sender)) => Some((code, sender)),
            _ if !is_newest => Some(("ReceiptHandleIsInvalid", true)),
            _ => None,
        };
        match refused {
            Some((code, sender)) => {
                failed.push(json!({ "Id": entry["Id"], "Code": code, "SenderFault": sender }));
            }
            None => {
                deed(&mut messages, id, entry);
                done.push(json!({ "Id": entry["Id"] }));
            }
        }
    }
    json!({ "Successful": done, "Failed": failed })
}
