//! HTTP byte by byte, as good, slow and hostile clients send it.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::world::{PATIENCE, World, function, manifest};

async fn connected(world: &World) -> TcpStream {
    TcpStream::connect(world.adapter.local_addr()).await.unwrap()
}

/// Sends and reads until the other side closes.
async fn raw(world: &World, bytes: &[u8]) -> String {
    let mut stream = connected(world).await;
    stream.write_all(bytes).await.unwrap();
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is closed with bytes unread is reset: an end like another.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Head and body of the next answer; the connection stays.
async fn answer(stream: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, stream.read_u8()).await.expect("an answer").expect("an answer"));
    }
    let head = String::from_utf8(head).unwrap();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    timeout(PATIENCE, stream.read_exact(&mut body)).await.expect("a body").unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or_default()
}

fn saw(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

async fn world(limits: Value) -> World {
    let mut manifest = manifest(&[function("f", json!({}))]);
    manifest.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
    World::of(manifest).await
}

#[tokio::test]
async fn a_connection_is_kept_and_pipelined_requests_are_answered_in_order() {
    let world = world(json!({})).await;
    let mut stream = connected(&world).await;
    for path in ["/one", "/two"] {
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.unwrap();
        assert!(answer(&mut stream).await.1.contains(&format!("\"raw_path\":\"{path}\"")));
    }
    let pipelined = "GET /slow HTTP/1.1\r\nhost: a\r\n\r\nPOST /b HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi\
                     GET /c HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream.write_all(pipelined.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await.1, "slow");
    assert!(answer(&mut stream).await.1.contains("\"raw_path\":\"/b\""));
    assert!(rest(&mut stream).await.contains("\"raw_path\":\"/c\""));
    world.end().await;
}

#[tokio::test]
async fn a_head_leaves_the_connection_in_order_and_http_1_0_ends_it() {
    let world = world(json!({})).await;
    let mut stream = connected(&world).await;
    stream.write_all(b"HEAD /a HTTP/1.1\r\nhost: a\r\n\r\nGET /pid HTTP/1.0\r\n\r\n").await.unwrap();
    let both = rest(&mut stream).await;
    let (head, second) = both.split_once("\r\n\r\n").unwrap();
    assert_eq!((status(head), status(second)), (200, 200), "{both}");
    assert!(!head.contains("content-length: 0"), "{both}");
    world.end().await;
}

#[tokio::test]
async fn dripping_bytes_does_not_extend_a_time_out() {
    let world = world(json!({ "header_timeout_ms": 400, "body_timeout_ms": 400 })).await;
    for start in [
        "GET / HTTP/1.1\r\nhost: a\r\nx-long: ",
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n\r\n",
    ] {
        let mut stream = connected(&world).await;
        stream.write_all(start.as_bytes()).await.unwrap();
        let began = Instant::now();
        // The other side closes: sooner or later a write fails.
        while stream.write_all(b"x").await.is_ok() {
            assert!(began.elapsed() < PATIENCE, "{start}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    world.end().await;
}

#[tokio::test]
async fn a_connection_without_requests_is_closed_also_after_one() {
    let world = world(json!({ "header_timeout_ms": 200 })).await;
    let mut stream = connected(&world).await;
    stream.write_all(b"GET /pid HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert_eq!(status(&answer(&mut stream).await.0), 200);
    let rest = rest(&mut stream).await;
    assert!(rest.is_empty() || status(&rest) == 408, "{rest}");
    world.end().await;
}

#[tokio::test]
async fn who_expects_100_continue_for_what_is_too_large_gets_413_at_once() {
    let world = world(json!({ "max_body_bytes": 100 })).await;
    let head = b"POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 101\r\n\r\n";
    let answer = raw(&world, head).await;
    assert_eq!(status(&answer), 413, "{answer}");
    assert!(!answer.contains("100 Continue"));
    world.end().await;
}

#[tokio::test]
async fn a_request_whose_end_is_not_certain_is_refused() {
    let world = world(json!({})).await;
    let smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    for head in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 5, 6",
        "content-length: -1",
        "content-length: +5",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding: gzip",
        "content-length : 5",
        " content-length: 5",
    ] {
        let answer =
            raw(&world, format!("POST / HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n{smuggled}").as_bytes()).await;
        assert_eq!(status(&answer), 400, "{head}: {answer}");
    }
    for chunks in ["x\r\n", "5\r\nhelloX", "FFFFFFFFFFFFFFFFF\r\n"] {
        let head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
        let answer = raw(&world, format!("{head}{chunks}\r\n0\r\n\r\n").as_bytes()).await;
        assert_eq!(status(&answer), 400, "{chunks}: {answer}");
    }
    // Both: chunked wins, and nothing after such a request is trusted (RFC 9112, 6.1).
    let both = format!(
        "POST /both HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{smuggled}"
    );
    let answer = timeout(PATIENCE, async {
        let mut stream = connected(&world).await;
        stream.write_all(both.as_bytes()).await.unwrap();
        let first = answer(&mut stream).await;
        (first, stream)
    });
    let ((head, body), _stream) = answer.await.unwrap();
    assert!(status(&head) == 400 || body.contains("\"raw_path\":\"/both\""), "{head}{body}");
    world.end().await;
}

#[tokio::test]
async fn a_host_that_is_none_is_refused() {
    let world = world(json!({})).await;
    for hosts in [
        "",
        "host:",
        "host: a b",
        "host: a:99999",
        "host: [::1",
        "host: u@a",
        "host: a\r\nhost: b",
        "host: 1.2.3.4.5",
    ] {
        let lines = if hosts.is_empty() { String::new() } else { format!("{hosts}\r\n") };
        let answer =
            raw(&world, format!("GET / HTTP/1.1\r\n{lines}connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(status(&answer), 400, "{hosts}: {answer}");
    }
    for host in ["a", "A.b:80", "[::1]:80", "127.0.0.1"] {
        let answer =
            raw(&world, format!("GET /x HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes())
                .await;
        assert_eq!((status(&answer), &saw(&answer)["headers"]["host"]), (200, &json!(host)));
    }
    world.end().await;
}

#[tokio::test]
async fn cookies_query_path_and_odd_headers_arrive_byte_for_byte() {
    let world = world(json!({})).await;
    let request = "GET /a%2fB%20c/%C3%A9//.;p=1?a=1&A=2&a=%31&&=&b=%zz&c=+%2B&d HTTP/1.1\r\nhost: a\r\n\
                   cookie: a=\"x y\"; b=%00;c=1; d=\r\nx-many: 1\r\nX-Many: 2,3\r\nx-empty:\r\nx-text: \u{e9}\t\"\\\r\n\
                   connection: close\r\n\r\n";
    let answer = raw(&world, request.as_bytes()).await;
    let saw = saw(&answer);
    assert_eq!(saw["raw_path"], "/a%2fB%20c/%C3%A9//.;p=1");
    assert_eq!(saw["query"], "a=1&A=2&a=%31&&=&b=%zz&c=+%2B&d");
    let headers = &saw["headers"];
    assert_eq!(
        (&headers["cookie"], &headers["x-many"]),
        (&json!("a=\"x y\"; b=%00;c=1; d="), &json!("1,2,3"))
    );
    assert_eq!((&headers["x-empty"], &headers["x-text"]), (&json!(""), &json!("\u{e9}\t\"\\")));
    let latin1 = b"GET / HTTP/1.1\r\nhost: a\r\nx-text: Z\xfcrich\r\nconnection: close\r\n\r\n";
    assert_eq!(self::saw(&raw(&world, latin1).await)["headers"]["x-text"], "Zürich");
    world.end().await;
}

#[tokio::test]
async fn a_chunked_body_with_trailers_arrives_whole() {
    let world = world(json!({})).await;
    let request = "POST /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n\
                   3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nx-t: 1\r\n\r\n";
    assert_eq!(saw(&raw(&world, request.as_bytes()).await)["body"], json!(b"abcde"));
    world.end().await;
}

#[tokio::test]
async fn http2_has_the_same_limits_and_joins_cookies_that_came_in_pieces() {
    let world = world(json!({ "max_body_bytes": 1000, "max_header_bytes": 8192 })).await;
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http::<Full<Bytes>>();
    let ask = async |request: http::request::Builder, body: usize| {
        let request = request.uri(world.uri("/x")).body(Full::new(Bytes::from(vec![b'x'; body]))).unwrap();
        let response = timeout(PATIENCE, client.request(request)).await.unwrap().unwrap();
        (response.status().as_u16(), response.into_body().collect().await.unwrap().to_bytes())
    };
    let crumbs = Request::get("/").header("cookie", "a=1").header("cookie", "b=2");
    let (status, body) = ask(crumbs, 0).await;
    let saw: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &saw["headers"]["cookie"]), (200, &json!("a=1; b=2")));
    assert_eq!(ask(Request::post("/"), 1001).await.0, 413);
    assert_eq!(ask(Request::get("/").header("x-long", "x".repeat(9000)), 0).await.0, 431);
    assert_eq!(ask(Request::post("/"), 1000).await.0, 200);
    world.end().await;
}

#[tokio::test]
async fn an_upgrade_that_is_not_offered_is_ignored() {
    let world = world(json!({})).await;
    for upgrade in ["h2c\r\nhttp2-settings: AAMAAABkAAQAAP__", "websocket"] {
        let request = format!(
            "GET /pid HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: {upgrade}\r\n\r\n"
        );
        let answer = raw(&world, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    world.end().await;
}
