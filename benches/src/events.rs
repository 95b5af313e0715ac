//! What an HTTP request costs on its way into an event, and a function's answer on its way out, beside the
//! same through `serde_json::Value`.
//!
//! Prints nanoseconds per call: the fastest of several rounds, which a busy machine disturbs least.

#![allow(clippy::print_stdout, reason = "a command-line program")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use adapter::{
    event::{
        http_request::{Circumstances, event},
        http_response::parse,
    },
    manifest::EventFormat,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, request::Parts};
use serde_json::{Map, Value, json};

const ROUNDS: u32 = 15;
const ROUND: Duration = Duration::from_millis(100);

fn main() {
    let (parts, ()) = request().into_parts();
    let about = Circumstances {
        route_key: "GET /customers/{id}",
        path_parameters: &[("id".to_owned(), "0192f0c1".to_owned())],
        host: "app.example.com",
        source_ip: [203, 0, 113, 7].into(),
        request_id: "3f0b6a1e-6a0e-4f7e-9a53-0f6a1d0c9b7e",
        account_id: "123456789012",
        time: chrono::Utc::now(),
    };
    row(
        "event: GET, 6 headers",
        || event(&parts, b"", &about).len(),
        || event_by_value(&parts, &about).len(),
    );
    for (name, answer) in
        [("answer: 200, 2 headers, text", small()), ("answer: page of 20 kB, escaped", page())]
    {
        let ours = || parse(&answer, EventFormat::HttpApi).map_or(0, |response| response.body().len());
        row(name, ours, || parse_by_value(&answer).body().len());
    }
}

fn request() -> Request<()> {
    Request::get("/customers/0192f0c1?page=2&sort=name")
        .header("host", "app.example.com")
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0")
        .header("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .header("accept-encoding", "gzip, deflate, br, zstd")
        .header("x-forwarded-for", "203.0.113.7")
        .header("x-amzn-trace-id", "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c")
        .body(())
        .expect("a request")
}

fn small() -> Bytes {
    Bytes::from_static(
        br#"{"statusCode":200,"headers":{"content-type":"text/plain","cache-control":"no-store"},"multiValueHeaders":{},"body":"hello world","isBase64Encoded":false,"cookies":[]}"#,
    )
}

fn page() -> Bytes {
    let row = "<tr class=\"row\"><td>Example Ltd</td><td>\"active\"</td></tr>\n";
    let answer =
        json!({ "statusCode": 200, "headers": { "content-type": "text/html" }, "body": row.repeat(340) });
    Bytes::from(answer.to_string())
}

fn row(name: &str, ours: impl Fn() -> usize, peer: impl Fn() -> usize) {
    let (ours, peer) = (nanoseconds(ours), nanoseconds(peer));
    println!("| {name} | {ours:.0} ns | {peer:.0} ns | {:.1} |", peer / ours);
}

fn nanoseconds(call: impl Fn() -> usize) -> f64 {
    (0..ROUNDS).map(|_| round(&call)).fold(f64::INFINITY, f64::min)
}

fn round(call: impl Fn() -> usize) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u32;
    while start.elapsed() < ROUND {
        for _ in 0..100 {
            black_box(call());
        }
        calls += 100;
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn event_by_value(request: &Parts, about: &Circumstances<'_>) -> Vec<u8> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Map<String, Value> =
        request.headers.iter().map(|(name, value)| (name.to_string(), text(value).into())).collect();
    let query = request.uri.query().unwrap_or_default();
    let parameters: Map<String, Value> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let path_parameters: Map<String, Value> =
        about.path_parameters.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let event = json!({
        "version": "2.0", "routeKey": about.route_key, "rawPath": request.uri.path(), "rawQueryString": query,
        "headers": headers, "queryStringParameters": parameters,
        "requestContext": {
            "accountId": about.account_id, "apiId": "adapter", "domainName": about.host, "domainPrefix": "app",
            "http": {
                "method": request.method.as_str(), "path": request.uri.path(), "protocol": "HTTP/1.1",
                "sourceIp": about.source_ip, "userAgent": request.headers.get("user-agent").map(text),
            },
            "requestId": about.request_id, "routeKey": about.route_key, "stage": "$default",
            "time": about.time.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": about.time.timestamp_millis(),
        },
        "pathParameters": path_parameters, "isBase64Encoded": false,
    });
    serde_json::to_vec(&event).expect("JSON")
}

fn parse_by_value(payload: &Bytes) -> Response<Bytes> {
    let value: Value = serde_json::from_slice(payload).expect("JSON");
    let mut response =
        Response::new(Bytes::copy_from_slice(value["body"].as_str().unwrap_or_default().as_bytes()));
    let mut headers = HeaderMap::new();
    for (name, value) in value["headers"].as_object().into_iter().flatten() {
        let name: HeaderName = name.parse().expect("a name");
        headers.insert(name, HeaderValue::from_str(value.as_str().unwrap_or_default()).expect("a value"));
    }
    *response.headers_mut() = headers;
    response
}
