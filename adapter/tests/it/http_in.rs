//! HTTP as clients send it, and what handlers see of it.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::world::{PATIENCE, World, function, manifest};

/// Sends bytes and reads until the other side closes.
async fn raw(world: &World, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(world.adapter.local_addr()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is closed with bytes unread is reset: an end like another.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or_default()
}

#[tokio::test]
async fn a_handler_sees_path_query_headers_and_cookies_as_they_were_sent() {
    let routes =
        json!({ "routes": [{ "host": "App.Localhost", "method": "GET", "path": "/c/{id}/{rest+}" }] });
    let world = World::new(&[function("f", routes)]).await;
    let request = Request::get(world.uri("/c/a%2Fb%20c/x/%C3%A9?q=1&q=2&e=%26+&flag"))
        .header(header::HOST, "APP.localhost:3000")
        .header(header::COOKIE, "s=1; t=a%20b")
        .header("x-many", "1")
        .header("x-many", "2")
        .header("x-forwarded-for", "1.1.1.1")
        .header("x-forwarded-proto", "https")
        .header("x-amzn-trace-id", "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c")
        .body(Bytes::new());
    let saw = world.echo(request.unwrap()).await;
    assert_eq!(saw["raw_path"], "/c/a%2Fb%20c/x/%C3%A9");
    assert_eq!(saw["query"], "q=1&q=2&e=%26+&flag");
    assert_eq!(saw["parameters"], json!({ "id": "a/b c", "rest": "x/é" }));
    let headers = &saw["headers"];
    assert_eq!((&headers["cookie"], &headers["x-many"]), (&json!("s=1; t=a%20b"), &json!("1,2")));
    assert_eq!(headers["x-forwarded-for"], "1.1.1.1, 127.0.0.1");
    assert_eq!(headers["x-forwarded-proto"], "http", "an untrusted client does not say");
    assert_eq!(headers["x-forwarded-port"], world.adapter.local_addr().port().to_string());
    assert_eq!(headers["x-amzn-trace-id"], "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c");
    world.end().await;
}

#[tokio::test]
async fn bodies_are_kept_byte_for_byte_both_ways() {
    let world = World::new(&[function("f", json!({}))]).await;
    for (body, is_binary) in [(&b"plain \xc3\xa9"[..], false), (&[0xff, 0, 0x80][..], true)] {
        let saw = world.echo(Request::post(world.uri("/")).body(Bytes::from_static(body)).unwrap()).await;
        assert_eq!((&saw["body"], &saw["is_binary"]), (&json!(body), &json!(is_binary)));
    }
    assert_eq!(&world.get("/binary").await.body()[..], &[0, 255, 128]);
    world.end().await;
}

#[tokio::test]
async fn every_cookie_of_an_answer_arrives() {
    let world = World::new(&[function("f", json!({}))]).await;
    let response = world.get("/cookies").await;
    let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
    assert_eq!(cookies, ["a=1; Path=/", "b=2"]);
    world.end().await;
}

/// Headers and parameters, both ways. Returns what the function saw of a request with a body that is no text.
async fn keeps_what_is_repeated(world: &World) -> Value {
    let links = world.get("/links").await;
    assert_eq!(links.headers().get_all(header::LINK).iter().collect::<Vec<_>>(), ["<a>", "<b>"]);
    assert_eq!(world.get("/cookies").await.headers().get_all(header::SET_COOKIE).iter().count(), 2);
    let request = Request::post(world.uri("/a%20b?q=1&q=2")).header("cookie", "s=1; t=2");
    let saw = world.echo(request.body(Bytes::from_static(&[255])).unwrap()).await;
    assert_eq!((&saw["raw_path"], &saw["query"]), (&json!("/a%20b"), &json!("q=1&q=2")));
    saw
}

#[tokio::test]
async fn a_route_that_asks_for_the_load_balancers_event_keeps_repeated_headers_both_ways() {
    let routes = json!({ "routes": [{ "method": "ANY", "path": "/{proxy+}", "event": "alb" }] });
    let world = World::new(&[function("f", routes)]).await;
    let saw = keeps_what_is_repeated(&world).await;
    assert_eq!((&saw["headers"]["cookie"], &saw["body"]), (&json!("s=1; t=2"), &json!([255])));
    world.end().await;
}

#[tokio::test]
async fn a_route_that_asks_for_payload_format_1_gets_parameters_and_answers_with_repeated_headers() {
    let routes = json!({ "routes": [{ "method": "ANY", "path": "/{name}", "event": "rest-api" }] });
    let world = World::new(&[function("f", routes)]).await;
    let saw = keeps_what_is_repeated(&world).await;
    assert_eq!((&saw["parameters"], &saw["body"]), (&json!({ "name": "a b" }), &json!([255])));
    assert_eq!(saw["headers"]["cookie"], "s=1; t=2");
    world.end().await;
}

#[tokio::test]
async fn without_multi_value_headers_the_last_value_arrives_both_ways() {
    let routes = json!({ "routes": [{ "method": "ANY", "path": "/{proxy+}", "event": "alb-single-value" }] });
    let world = World::new(&[function("f", routes)]).await;
    assert_eq!(world.get("/links").await.headers().get_all(header::LINK).iter().count(), 1);
    let request = Request::get(world.uri("/a?q=1&q=2")).header("x-many", "1").header("x-many", "2");
    let saw = world.echo(request.body(Bytes::new()).unwrap()).await;
    assert_eq!((&saw["query"], &saw["headers"]["x-many"]), (&json!("q=2"), &json!("2")));
    world.end().await;
}

#[tokio::test]
async fn answers_are_compressed_for_clients_that_ask_where_the_manifest_allows_it() {
    let routes = json!({ "routes": [
        { "method": "ANY", "path": "/{proxy+}" },
        { "method": "ANY", "path": "/secret", "compress": false },
    ]});
    let mut manifest = manifest(&[function("f", routes)]);
    manifest["compression"] = json!({ "algorithms": ["br", "gzip"] });
    let world = World::of(manifest).await;
    let ask = async |method: &str, path: &str, codings: &str| {
        let request =
            Request::builder().method(method).uri(world.uri(path)).header("x-long", "long ".repeat(500));
        let response =
            world.send(request.header("accept-encoding", codings).body(Bytes::new()).unwrap()).await;
        assert_eq!(response.status(), 200);
        response
    };
    let coding = |response: &http::Response<Bytes>| {
        response.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned())
    };
    let small = ask("GET", "/", "gzip, br").await;
    assert_eq!(
        (coding(&small).as_deref(), small.headers()["vary"].to_str().unwrap()),
        (Some("br"), "accept-encoding")
    );
    assert!(small.body().len() < 1500, "{}", small.body().len());
    let head = ask("HEAD", "/", "gzip").await;
    assert_eq!((coding(&head).as_deref(), head.body().len()), (Some("gzip"), 0));
    assert_eq!(coding(&ask("GET", "/", "zstd").await), None);
    assert_eq!(coding(&ask("GET", "/secret", "gzip").await), None);
    world.end().await;
}

#[tokio::test]
async fn head_is_answered_by_get_without_its_body() {
    let routes = json!({ "routes": [{ "method": "GET", "path": "/pid" }] });
    let world = World::new(&[function("f", routes)]).await;
    let length = world.text("/pid").await.len();
    let answer = raw(&world, b"HEAD /pid HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert_eq!(status(&answer), 200);
    assert!(
        answer.contains(&format!("content-length: {length}\r\n")) && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_answered_413_however_it_is_sent() {
    let mut manifest = manifest(&[function("f", json!({}))]);
    manifest["max_body_bytes"] = json!(100_000);
    let world = World::of(manifest).await;
    let post = |size: usize| Request::post(world.uri("/")).body(Bytes::from(vec![b'x'; size])).unwrap();
    assert_eq!(world.send(post(100_000)).await.status(), 200);
    let refused = world.send(post(100_001)).await;
    assert_eq!(refused.status(), 413);
    assert!(String::from_utf8_lossy(refused.body()).contains("The limit is 0.1 MB."), "{refused:?}");
    let chunk = format!("{:x}\r\n{}\r\n", 60_000, "x".repeat(60_000));
    let request = format!(
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"
    );
    assert_eq!(status(&raw(&world, request.as_bytes()).await), 413);
    assert_eq!(world.status("/").await, 200);
    world.end().await;
}

#[tokio::test]
async fn a_client_that_goes_on_sending_what_was_refused_still_reads_the_answer() {
    let mut manifest = manifest(&[function("f", json!({}))]);
    manifest["max_body_bytes"] = json!(100_000);
    let world = World::of(manifest).await;
    let mut stream = TcpStream::connect(world.adapter.local_addr()).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 20000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..200 {
        stream.write_all(&[b'x'; 100_000]).await.expect("the connection stands while the client sends");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut answer = String::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("an end");
    assert_eq!(status(&answer), 413);
    world.end().await;
}

#[tokio::test]
async fn headers_that_are_too_large_are_answered_431() {
    let world = World::new(&[function("f", json!({}))]).await;
    let with = |size: usize| {
        Request::get(world.uri("/")).header("x-large", "x".repeat(size)).body(Bytes::new()).unwrap()
    };
    assert_eq!(world.send(with(60_000)).await.status(), 200);
    let response = world.send(with(70_000)).await;
    assert_eq!((response.status().as_u16(), response.body().is_empty()), (431, false));
    assert_eq!(world.send(with(200_000)).await.status(), 431);
    world.end().await;
}

#[tokio::test]
async fn without_a_route_the_adapter_answers_itself() {
    let routes = json!({ "routes": [
        { "host": "app.localhost", "method": "GET", "path": "/a" },
        { "host": "app.localhost", "method": "POST", "path": "/a" },
    ]});
    let world = World::new(&[function("f", routes)]).await;
    let ask = async |method: &str, host: &str, path: &str, accept: &str| {
        let request = Request::builder()
            .method(method)
            .uri(world.uri(path))
            .header("host", host)
            .header("accept", accept);
        world.send(request.body(Bytes::new()).unwrap()).await
    };
    let unknown_host = ask("GET", "other", "/a", "*/*").await;
    assert_eq!(
        (unknown_host.status().as_u16(), &unknown_host.headers()["content-type"]),
        (404, &"application/problem+json".parse().unwrap())
    );
    let unknown_path = ask("GET", "app.localhost:80", "/b", "text/html").await;
    assert_eq!(
        (unknown_path.status().as_u16(), unknown_path.body().starts_with(b"<!doctype html>")),
        (404, true)
    );
    let not_allowed = ask("DELETE", "APP.localhost", "/a", "*/*").await;
    assert_eq!(
        (not_allowed.status().as_u16(), &not_allowed.headers()["allow"]),
        (405, &"GET, HEAD, POST".parse().unwrap())
    );
    world.end().await;
}

#[tokio::test]
async fn connect_and_trace_are_refused_and_a_missing_host_too() {
    let world = World::new(&[function("f", json!({}))]).await;
    let ask =
        async |head: &str| status(&raw(&world, format!("{head}connection: close\r\n\r\n").as_bytes()).await);
    assert_eq!(ask("CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n").await, 405);
    assert_eq!(ask("TRACE / HTTP/1.1\r\nhost: a\r\n").await, 501);
    assert_eq!(ask("GET / HTTP/1.1\r\n").await, 400);
    assert_eq!(ask("nonsense\r\n").await, 400);
    world.end().await;
}

#[tokio::test]
async fn an_absolute_target_names_the_host() {
    let routes = json!({ "routes": [{ "host": "app.localhost", "method": "GET", "path": "/a" }] });
    let world = World::new(&[function("f", routes)]).await;
    let answer =
        raw(&world, b"GET http://app.localhost:3000/a HTTP/1.1\r\nhost: other\r\nconnection: close\r\n\r\n")
            .await;
    assert_eq!(status(&answer), 200);
    assert!(answer.contains(r#""host":"app.localhost:3000""#), "{answer}");
    world.end().await;
}

#[tokio::test]
async fn a_client_that_expects_100_continue_gets_it() {
    let world = World::new(&[function("f", json!({}))]).await;
    let mut stream = TcpStream::connect(world.adapter.local_addr()).await.unwrap();
    let head = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let mut first = [0; 25];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"ok").await.unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert_eq!(status(&rest), 200);
    world.end().await;
}

#[tokio::test]
async fn a_client_that_is_too_slow_holds_nothing_for_long() {
    let mut manifest = manifest(&[function("f", json!({}))]);
    manifest["header_timeout_ms"] = json!(200);
    manifest["body_timeout_ms"] = json!(200);
    let world = World::of(manifest).await;
    for start in ["", "P", "PRI * HT", "GET / HTTP/1.1\r\nhos"] {
        let answer = raw(&world, start.as_bytes()).await;
        assert!(answer.is_empty() || status(&answer) == 408, "{start}: {answer}");
    }
    let slow_body = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab";
    assert_eq!(status(&raw(&world, slow_body).await), 408);
    world.end().await;
}

#[tokio::test]
async fn http2_without_tls_is_spoken_to_clients_that_begin_with_it() {
    use http_body_util::{BodyExt, Full};
    use hyper_util::{client::legacy::Client, rt::TokioExecutor};
    let world = World::new(&[function("f", json!({}))]).await;
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http::<Full<Bytes>>();
    for method in ["GET", "HEAD"] {
        let request =
            Request::builder().method(method).uri(world.uri("/x?y=1")).body(Full::default()).unwrap();
        let response = tokio::time::timeout(PATIENCE, client.request(request)).await.unwrap().unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_2));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.is_empty(), method == "HEAD");
    }
    world.end().await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_its_word_counts() {
    let mut manifest = manifest(&[function("f", json!({}))]);
    manifest["trusted_proxy_hops"] = json!(1);
    let world = World::of(manifest).await;
    let request = Request::get(world.uri("/"))
        .header("x-forwarded-for", "6.6.6.6, 7.7.7.7")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-port", "443");
    let saw = world.echo(request.body(Bytes::new()).unwrap()).await;
    assert_eq!(
        (&saw["headers"]["x-forwarded-proto"], &saw["headers"]["x-forwarded-port"]),
        (&json!("https"), &json!("443"))
    );
    assert!(saw["uri"].as_str().unwrap().starts_with("https://"));
    tokio::time::sleep(Duration::ZERO).await;
    world.end().await;
}
