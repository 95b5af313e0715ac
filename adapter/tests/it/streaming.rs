//! Answers that reach the client while the function is still writing them, and the ways in which they break off.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    runtime_api::hosted,
    world::{PATIENCE, World, eventually, example, function},
};

const INTEGRATION: &str = "application/vnd.awslambda.http-integration-response";
const PRELUDE: &[u8] =
    b"{\"statusCode\":201,\"headers\":{\"x-a\":\"1\"},\"cookies\":[\"c=1\"]}\0\0\0\0\0\0\0\0";

/// The test as a runtime that has been given one invocation.
struct Runtime {
    stream: TcpStream,
}

impl Runtime {
    /// Polls, and begins to answer with these headers.
    async fn begin(api: &str, headers: &[(&str, &str)]) -> Self {
        let mut stream = TcpStream::connect(api).await.unwrap();
        stream
            .write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: h\r\n\r\n")
            .await
            .unwrap();
        let mut next = vec![0; 64 * 1024];
        let length = stream.read(&mut next).await.unwrap();
        let next = String::from_utf8_lossy(&next[..length]).into_owned();
        let id = next.split("lambda-runtime-aws-request-id: ").nth(1).unwrap().split("\r\n").next().unwrap();
        let mut head = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\
             lambda-runtime-function-response-mode: streaming\r\n"
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Self { stream }
    }

    async fn chunk(&mut self, data: &[u8]) {
        self.stream.write_all(format!("{:x}\r\n", data.len()).as_bytes()).await.unwrap();
        self.stream.write_all(data).await.unwrap();
        self.stream.write_all(b"\r\n").await.unwrap();
    }

    /// Ends the answer; the status of the reply.
    async fn end(mut self, trailers: &str) -> u16 {
        self.stream.write_all(format!("0\r\n{trailers}\r\n").as_bytes()).await.unwrap();
        self.reply().await
    }

    async fn reply(&mut self) -> u16 {
        let mut reply = [0; 1024];
        let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut reply)).await;
        let length = read.expect("a reply").unwrap();
        let text = String::from_utf8_lossy(&reply[..length]).into_owned();
        text.split(' ').nth(1).expect("a status").parse().unwrap()
    }
}

/// A request whose body is read by hand.
async fn open(world: &World, target: &str) -> http::Response<Incoming> {
    let request = Request::get(world.uri(target)).body(Full::new(Bytes::new())).unwrap();
    tokio::time::timeout(PATIENCE, world.client.request(request)).await.expect("a head").unwrap()
}

async fn piece(body: &mut Incoming) -> Option<Result<Bytes, hyper::Error>> {
    let frame = tokio::time::timeout(PATIENCE, body.frame()).await.expect("a piece")?;
    Some(frame.map(|frame| frame.into_data().unwrap()))
}

fn streamed() -> [(&'static str, &'static str); 1] {
    [("content-type", INTEGRATION)]
}

#[tokio::test]
async fn a_piece_reaches_the_client_before_the_next_is_written() {
    let (world, api) = hosted(json!({ "timeout_ms": 20_000 })).await;
    let runtime = async {
        let mut runtime = Runtime::begin(&api, &streamed()).await;
        // Cut where it hurts: within the prelude and within the delimiter.
        for part in [&PRELUDE[..5], &PRELUDE[5..PRELUDE.len() - 3]] {
            runtime.chunk(part).await;
        }
        runtime.chunk(&[&PRELUDE[PRELUDE.len() - 3..], b"first"].concat()).await;
        runtime
    };
    let (response, mut runtime) = tokio::join!(open(&world, "/"), runtime);
    assert_eq!(response.status(), 201);
    assert_eq!(
        (&response.headers()["x-a"], &response.headers()["set-cookie"]),
        (&"1".parse().unwrap(), &"c=1".parse().unwrap())
    );
    assert!(response.headers().get("content-length").is_none());
    let mut body = response.into_body();
    assert_eq!(piece(&mut body).await.unwrap().unwrap(), "first");
    runtime.chunk(b"second").await;
    assert_eq!(piece(&mut body).await.unwrap().unwrap(), "second");
    assert_eq!(runtime.end("").await, 202);
    assert!(piece(&mut body).await.is_none());
    eventually("the observer is told at the end", || !world.seen.requests.lock().unwrap().is_empty()).await;
    let told = world.seen.requests.lock().unwrap()[0].clone();
    assert_eq!((told.status, told.bytes, told.error), (201, 11, None));
    world.end().await;
}

#[tokio::test]
async fn without_the_integration_content_type_the_body_begins_at_once() {
    let (world, api) = hosted(json!({ "timeout_ms": 20_000 })).await;
    let runtime = async {
        let mut runtime = Runtime::begin(&api, &[("content-type", "text/event-stream")]).await;
        runtime.chunk(b"data: 1\n\n").await;
        runtime.end("").await
    };
    let (response, posted) = tokio::join!(world.get("/"), runtime);
    assert_eq!((response.status().as_u16(), &response.body()[..], posted), (200, &b"data: 1\n\n"[..], 202));
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    world.end().await;
}

#[tokio::test]
async fn an_error_in_the_trailers_breaks_the_answer_off_and_is_in_the_log() {
    let (world, api) = hosted(json!({ "timeout_ms": 20_000 })).await;
    let runtime = async {
        let mut runtime = Runtime::begin(&api, &streamed()).await;
        runtime.chunk(&[PRELUDE, b"half"].concat()).await;
        let error = "lambda-runtime-function-error-type: Runtime.Boom\r\n\
            lambda-runtime-function-error-body: eyJlcnJvck1lc3NhZ2UiOiJubyBtb3JlIn0=\r\n";
        runtime.end(error).await
    };
    let (response, posted) = tokio::join!(open(&world, "/"), runtime);
    assert_eq!((response.status().as_u16(), posted), (201, 202));
    assert!(response.into_body().collect().await.is_err(), "the client sees that it is not whole");
    eventually("the reason is told", || world.last_reason().contains("Runtime.Boom")).await;
    assert!(world.last_reason().contains("no more"), "{}", world.last_reason());
    world.end().await;
}

#[tokio::test]
async fn a_process_that_ends_or_passes_its_deadline_breaks_its_answer_off() {
    for (timeout_ms, kills, reason) in [(20_000, true, "broke off"), (900, false, "900 ms")] {
        let (world, api) = hosted(json!({ "timeout_ms": timeout_ms })).await;
        let runtime = async {
            let mut runtime = Runtime::begin(&api, &streamed()).await;
            runtime.chunk(&[PRELUDE, b"half"].concat()).await;
            runtime
        };
        let (response, mut runtime) = tokio::join!(open(&world, "/"), runtime);
        let mut body = response.into_body();
        assert_eq!(piece(&mut body).await.unwrap().unwrap(), "half");
        if kills {
            runtime.stream.shutdown().await.unwrap();
            drop(runtime);
        }
        assert!(piece(&mut body).await.unwrap().is_err());
        eventually("the reason is told", || world.last_reason().contains(reason)).await;
        world.end().await;
    }
}

#[tokio::test]
async fn an_answer_is_taken_to_its_end_also_when_the_client_has_gone() {
    let (world, api) = hosted(json!({ "timeout_ms": 20_000 })).await;
    let runtime = async {
        let mut runtime = Runtime::begin(&api, &streamed()).await;
        runtime.chunk(&[PRELUDE, b"half"].concat()).await;
        runtime
    };
    let (response, mut runtime) = tokio::join!(open(&world, "/"), runtime);
    drop(response);
    for _ in 0..200 {
        runtime.chunk(&[b'x'; 64 * 1024]).await;
    }
    assert_eq!(runtime.end("").await, 202);
    world.end().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_stops_the_function_and_not_the_adapter() {
    let (world, api) = hosted(json!({ "timeout_ms": 60_000 })).await;
    let runtime = async {
        let mut runtime = Runtime::begin(&api, &streamed()).await;
        runtime.chunk(PRELUDE).await;
        runtime
    };
    let (response, mut runtime) = tokio::join!(open(&world, "/"), runtime);
    let piece_of = vec![b'x'; 1024 * 1024];
    let mut written = 0;
    while tokio::time::timeout(Duration::from_millis(500), runtime.chunk(&piece_of)).await.is_ok() {
        written += 1;
        assert!(written < 64, "64 MiB were taken for a client that reads nothing");
    }
    drop(response);
    world.end().await;
}

#[tokio::test]
async fn a_prelude_that_is_none_is_answered_502() {
    for prelude in
        [&b"{\"statusCode\":200}"[..], b"nonsense\0\0\0\0\0\0\0\0", b"{\"statusCode\":99}\0\0\0\0\0\0\0\0"]
    {
        let (world, api) = hosted(json!({ "timeout_ms": 20_000 })).await;
        let runtime = async {
            let mut runtime = Runtime::begin(&api, &streamed()).await;
            runtime.chunk(prelude).await;
            runtime.end("").await
        };
        let (response, posted) = tokio::join!(world.get("/"), runtime);
        assert_eq!((response.status().as_u16(), posted), (502, 202), "{prelude:?}");
        world.end().await;
    }
}

#[tokio::test]
async fn what_lambda_http_streams_arrives_and_its_errors_break_it_off() {
    let with = json!({ "command": example("streaming"), "concurrency": 4 });
    let world = World::new(&[function("f", with)]).await;
    let response = world.get("/pieces").await;
    assert_eq!((response.status().as_u16(), &response.body()[..]), (201, &b"one,two,three"[..]));
    assert_eq!(
        (&response.headers()["x-kind"], &response.headers()["set-cookie"]),
        (&"streamed".parse().unwrap(), &"a=1".parse().unwrap())
    );
    let head = world.send(Request::head(world.uri("/pieces")).body(Bytes::new()).unwrap()).await;
    assert_eq!((head.status().as_u16(), head.body().len()), (201, 0));
    let broken = open(&world, "/breaks").await;
    assert_eq!(broken.status(), 201);
    assert!(broken.into_body().collect().await.is_err());
    eventually("the reason is told", || world.last_reason().contains("Runtime.StreamError")).await;
    assert_eq!(world.get("/pieces").await.body(), "one,two,three", "the process goes on");
    world.end().await;
}

#[tokio::test]
async fn a_direct_invocation_gets_a_streamed_answer_whole() {
    let (world, api) = hosted(json!({ "timeout_ms": 20_000 })).await;
    let runtime = async {
        let mut runtime = Runtime::begin(&api, &[]).await;
        runtime.chunk(b"{\"a\":").await;
        runtime.chunk(b"1}").await;
        runtime.end("").await
    };
    let (answered, posted) = tokio::join!(world.adapter.invoke("f", Bytes::from_static(b"{}")), runtime);
    assert_eq!((&answered.unwrap().payload[..], posted), (&b"{\"a\":1}"[..], 202));
    world.end().await;
}
