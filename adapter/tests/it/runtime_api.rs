//! The Runtime API, with the test itself as the runtime: the process only says where the API is.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::world::{World, eventually, function};

pub(crate) async fn hosted(with: Value) -> (World, String) {
    let mut all = json!({
        "command": "/bin/sh",
        "args": ["-c", "echo api $AWS_LAMBDA_RUNTIME_API; exec sleep 600"],
        "processes": { "min": 1, "max": 1 },
        "timeout_ms": 600,
    });
    all.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    let world = World::new(&[function("f", all)]).await;
    let said = || {
        world
            .seen
            .output
            .lock()
            .unwrap()
            .iter()
            .find_map(|line| line.strip_prefix("f: api ").map(str::to_owned))
    };
    eventually("the process says where the API is", || said().is_some()).await;
    let api = said().unwrap();
    (world, api)
}

impl World {
    async fn next(&self, api: &str) -> Response<Bytes> {
        let uri = format!("http://{api}/2018-06-01/runtime/invocation/next");
        self.send(Request::get(uri).body(Bytes::new()).unwrap()).await
    }

    async fn post(&self, api: &str, path: &str, body: &'static str) -> Response<Bytes> {
        let request = Request::post(format!("http://{api}/2018-06-01/runtime/{path}"));
        self.send(request.body(Bytes::from_static(body.as_bytes())).unwrap()).await
    }
}

fn id(next: &Response<Bytes>) -> String {
    next.headers()["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_invocation_comes_with_the_headers_that_aws_documents() {
    let (world, api) = hosted(json!({})).await;
    let answer = async {
        let next = world.next(&api).await;
        assert_eq!(next.status(), 200);
        let header = |name: &str| next.headers()[name].to_str().unwrap().to_owned();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let deadline: u128 = header("lambda-runtime-deadline-ms").parse().unwrap();
        assert!((now..=now + 600).contains(&deadline));
        assert!(header("lambda-runtime-trace-id").starts_with("Root=1-"));
        assert_eq!(header("lambda-runtime-invocation-id"), id(&next));
        assert!(header("lambda-runtime-invoked-function-arn").ends_with(":function:f"));
        let event: Value = serde_json::from_slice(next.body()).unwrap();
        assert_eq!(event["requestContext"]["requestId"], id(&next));
        world.post(&api, &format!("invocation/{}/response", id(&next)), r#""hello""#).await
    };
    let (got, posted) = tokio::join!(world.get("/"), answer);
    assert_eq!((got.status().as_u16(), &got.body()[..], posted.status().as_u16()), (200, &b"hello"[..], 202));
    world.end().await;
}

#[tokio::test]
async fn next_waits_and_never_answers_without_an_invocation() {
    let (world, api) = hosted(json!({})).await;
    assert!(timeout(Duration::from_millis(400), world.next(&api)).await.is_err());
    let (got, posted) = tokio::join!(world.get("/"), async {
        let next = world.next(&api).await;
        world
            .post(&api, &format!("invocation/{}/error", id(&next)), r#"{"errorType":"T","errorMessage":"m"}"#)
            .await
    });
    assert_eq!((got.status().as_u16(), posted.status().as_u16()), (502, 202));
    world.end().await;
}

#[tokio::test]
async fn a_second_an_unknown_and_a_stale_answer_are_refused_but_answered() {
    let (world, api) = hosted(json!({})).await;
    let runtime = async {
        let path = format!("invocation/{}/response", id(&world.next(&api).await));
        let stale = Request::post(format!("http://{api}/2018-06-01/runtime/{path}"))
            .header("lambda-runtime-invocation-id", "another");
        assert_eq!(world.send(stale.body(Bytes::from_static(b"1")).unwrap()).await.status(), 410);
        assert_eq!(world.post(&api, &path, "1").await.status(), 202);
        assert_eq!(world.post(&api, &path, "2").await.status(), 410);
        assert_eq!(world.post(&api, "invocation/unknown/response", "3").await.status(), 400);
        assert_eq!(world.post(&api, "invocation/unknown/error", "{}").await.status(), 400);
        assert_eq!(world.post(&api, "nonsense", "{}").await.status(), 404);
    };
    let (got, ()) = tokio::join!(world.get("/"), runtime);
    assert_eq!(&got.body()[..], b"1");
    world.end().await;
}

#[tokio::test]
async fn an_answer_after_the_deadline_is_refused_with_410() {
    // Concurrent and with another invocation in flight, so that the process is not killed at the deadline.
    let (world, api) = hosted(json!({ "concurrency": 2 })).await;
    let runtime = async {
        let first = world.next(&api).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        let second = world.next(&api).await;
        tokio::time::sleep(Duration::from_millis(350)).await;
        assert_eq!(world.post(&api, &format!("invocation/{}/response", id(&first)), "1").await.status(), 410);
        assert_eq!(
            world.post(&api, &format!("invocation/{}/response", id(&second)), "2").await.status(),
            202
        );
    };
    let later = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.get("/").await
    };
    let (first, second, ()) = tokio::join!(world.get("/"), later, runtime);
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (504, 200));
    world.end().await;
}

#[tokio::test]
async fn an_answer_is_accepted_also_when_the_client_has_gone() {
    let (world, api) = hosted(json!({})).await;
    let runtime = async {
        let next = world.next(&api).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.post(&api, &format!("invocation/{}/response", id(&next)), "1").await
    };
    let impatient = timeout(Duration::from_millis(100), world.get("/"));
    let (gone, posted) = tokio::join!(impatient, runtime);
    assert!(gone.is_err());
    assert_eq!(posted.status(), 202);
    world.end().await;
}

#[tokio::test]
async fn garbage_as_an_answer_is_502_and_a_poll_that_broke_off_takes_nothing_with_it() {
    let (world, api) = hosted(json!({})).await;
    assert!(timeout(Duration::from_millis(100), world.next(&api)).await.is_err());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (got, ()) = tokio::join!(world.get("/"), async {
        let next = world.next(&api).await;
        world.post(&api, &format!("invocation/{}/response", id(&next)), "{garbage").await;
    });
    assert_eq!(got.status(), 502);
    world.end().await;
}

#[tokio::test]
async fn an_error_at_the_start_is_answered_503_with_its_reason_in_the_log() {
    let (world, api) = hosted(json!({})).await;
    let (got, posted) = tokio::join!(world.get("/"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.post(&api, "init/error", r#"{"errorType":"T","errorMessage":"no database"}"#).await
    });
    assert_eq!((got.status().as_u16(), posted.status().as_u16()), (503, 202));
    assert!(world.last_reason().contains("no database"), "{:?}", world.seen.processes);
    world.end().await;
}

#[tokio::test]
async fn a_runtime_may_register_for_a_graceful_end() {
    let (world, api) = hosted(json!({})).await;
    let request = Request::post(format!("http://{api}/2020-01-01/extension/register"));
    let registered = world.send(request.body(Bytes::from_static(b"{\"events\":[]}")).unwrap()).await;
    assert_eq!(registered.status(), 200);
    assert!(registered.headers().contains_key("lambda-extension-identifier"));
    world.end().await;
}
