//! What comes from outside, made up and mangled: nothing panics, and what comes out is right.
//!
//! A few thousand cases each in every run; `ADAPTER_FUZZ_CASES=1000000` for a million. Cases follow from their
//! number, so that one that fails can be run again.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header, request::Parts};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

use crate::{
    Manifest,
    event::{
        alb,
        http_request::{self, Circumstances},
        http_response, rest_api,
    },
    manifest::EventFormat,
};

const FORMATS: [EventFormat; 4] =
    [EventFormat::HttpApi, EventFormat::RestApi, EventFormat::Alb, EventFormat::AlbSingleValue];

fn cases(check: impl Fn(&mut StdRng)) {
    let count = std::env::var("ADAPTER_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3_000);
    for number in 0..count {
        check(&mut StdRng::seed_from_u64(number));
    }
}

/// Random bytes, often of those that mean something.
fn soup(random: &mut StdRng, telling: &[u8], longest: usize) -> Vec<u8> {
    let length = random.random_range(0..=longest);
    let telling_share = *[0.0, 0.5, 0.95].choose(random).unwrap();
    let mut byte = || match random.random_bool(telling_share) {
        true => *telling.choose(random).unwrap(),
        false => random.random(),
    };
    (0..length).map(|_| byte()).collect()
}

/// A few bytes changed, taken away, doubled or put in.
fn mangle(random: &mut StdRng, bytes: &mut Vec<u8>) {
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..4) {
            0 if at < bytes.len() => bytes[at] = random.random(),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            _ => bytes.insert(at, *b"{}[]\",:\\u0 1-e.\n\0\xff".choose(random).unwrap()),
        }
    }
}

fn request(random: &mut StdRng) -> Option<Parts> {
    let methods = ["GET", "POST", "DELETE", "PURGE", "M-SEARCH"];
    let method = Method::from_bytes(methods.choose(random)?.as_bytes()).ok()?;
    let mut target = vec![b'/'];
    target.extend(soup(random, b"/%%2F%00?&&==+.;~\xc3\xa9'\"\\<>^`{|}", 60));
    // As hyper does: what is no URI is answered 400.
    let mut request = Request::builder().method(method).uri(Uri::try_from(target).ok()?);
    let hosts = ["app.localhost:3000", "[::1]:80", "127.0.0.1", "a_b~c."];
    request = request.header(header::HOST, *hosts.choose(random)?);
    for _ in 0..random.random_range(0..8) {
        let own = HeaderName::from_bytes(&soup(random, b"abcxyz-_09!#$%&'*+.^`|~", 6));
        let known = [header::COOKIE, header::USER_AGENT, header::ACCEPT, header::CONTENT_TYPE];
        let name = if random.random_bool(0.5) { own.ok() } else { known.choose(random).cloned() };
        let value = HeaderValue::from_bytes(&soup(random, b"; ,=\"\\\t\xc3\xa9 abc", 30)).ok();
        if let (Some(name), Some(value)) = (name, value) {
            request = request.header(name, value);
        }
    }
    Some(request.body(()).ok()?.into_parts().0)
}

#[test]
fn any_request_becomes_an_event_that_lambda_http_reads() {
    cases(|random| {
        let Some(parts) = request(random) else { return };
        let body = soup(random, b"{\"a\": \"\\\n\xc3\xa9\x00\xff\"}", 80);
        let parameter = String::from_utf8_lossy(&soup(random, b"\"\\\0\n", 8)).into_owned();
        let about = Circumstances {
            route_key: "ANY /{proxy+}",
            path_parameters: &[("proxy".to_owned(), parameter)],
            host: "app.localhost",
            source_ip: [127, 0, 0, 1].into(),
            request_id: "r",
            account_id: "1",
            time: chrono::DateTime::from_timestamp_millis(random.random_range(0..4_000_000_000_000)).unwrap(),
        };
        let event = match FORMATS.choose(random).unwrap() {
            EventFormat::HttpApi => http_request::event(&parts, &body, &about),
            EventFormat::RestApi => rest_api::event(&parts, &body, &about),
            EventFormat::Alb => alb::event(&parts, &body, "arn:x"),
            EventFormat::AlbSingleValue => alb::single_value_event(&parts, &body, "arn:x"),
        };
        let seen =
            lambda_http::request::from_reader(event.as_slice()).expect("an event that lambda_http reads");
        assert_eq!((seen.method(), seen.body().as_ref()), (&parts.method, body.as_slice()));
    });
}

/// Any JSON, now and then where it belongs.
fn node(random: &mut StdRng, depth: u32) -> Value {
    let text = |random: &mut StdRng| {
        let odd = String::from_utf8_lossy(&soup(random, b"abc -/=+\"\\\r\n\0", 12)).into_owned();
        ["200", "x-a", "set-cookie", "aGk=", "", "connection"]
            .choose(random)
            .map_or(odd, |known| (*known).to_owned())
    };
    match random.random_range(0..if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => random.random_bool(0.5).into(),
        2 => random.random_range(-1..700).into(),
        3 => random.random::<f64>().into(),
        4 => text(random).into(),
        5 => (0..random.random_range(0..3)).map(|_| node(random, depth - 1)).collect(),
        _ => {
            let count = random.random_range(0..3);
            Value::Object((0..count).map(|_| (text(random), node(random, depth - 1))).collect())
        }
    }
}

fn answer(random: &mut StdRng) -> Vec<u8> {
    let mut answer = json!({
        "statusCode": 200, "headers": { "content-type": "text/plain", "x-n": 1 }, "cookies": ["a=1"],
        "multiValueHeaders": { "x-b": ["1", "2"] }, "body": "aGkh\n\u{e9}\"", "isBase64Encoded": false,
    });
    let fields = ["statusCode", "headers", "cookies", "multiValueHeaders", "body", "isBase64Encoded"];
    for _ in 0..random.random_range(0..3) {
        answer[*fields.choose(random).unwrap()] = node(random, 3);
    }
    answer.to_string().into_bytes()
}

#[test]
fn any_answer_becomes_a_response_or_an_error() {
    cases(|random| {
        let mut payload = match random.random_range(0..4) {
            0 => soup(random, b"{}[]\",:\\null true 0123 statusCode body headers", 60),
            1 => node(random, 4).to_string().into_bytes(),
            _ => answer(random),
        };
        if random.random_bool(0.5) {
            mangle(random, &mut payload);
        }
        let payload = Bytes::from(payload);
        let _ = http_response::prelude(&payload);
        let Ok(response) = http_response::parse(&payload, *FORMATS.choose(random).unwrap()) else { return };
        assert!((200..=599).contains(&response.status().as_u16()));
        for name in ["connection", "content-length", "transfer-encoding", "keep-alive", "upgrade"] {
            assert!(!response.headers().contains_key(name), "{name}");
        }
        for (name, value) in response.headers() {
            assert!(HeaderName::from_bytes(name.as_str().as_bytes()).is_ok());
            assert!(HeaderValue::from_bytes(value.as_bytes()).is_ok());
        }
        // What serde_json reads as text is the body, whoever unescaped it. It has a limit to numbers that we
        // need not share.
        if let Ok(Value::Object(fields)) = serde_json::from_slice(&payload)
            && fields.get("statusCode").is_some()
            && fields.get("isBase64Encoded") != Some(&true.into())
        {
            let body = fields.get("body").and_then(Value::as_str).unwrap_or_default();
            assert_eq!(response.body(), body.as_bytes());
        }
    });
}

/// One value somewhere, exchanged or taken away.
fn change(random: &mut StdRng, value: &mut Value) {
    let go_on = random.random_bool(0.8);
    match value {
        Value::Object(fields) if go_on && !fields.is_empty() => {
            let at = random.random_range(0..fields.len());
            let name = fields.keys().nth(at).cloned().unwrap_or_default();
            match random.random_range(0..8) {
                0 => drop(fields.remove(&name)),
                1 => drop(fields.insert(format!("{name}_"), Value::Null)),
                _ => change(random, &mut fields[&name]),
            }
        }
        Value::Array(items) if go_on && !items.is_empty() => {
            let at = random.random_range(0..items.len());
            change(random, &mut items[at]);
        }
        value => *value = node(random, 2),
    }
}

#[test]
fn any_manifest_is_read_or_refused_with_the_path_of_what_is_wrong() {
    let readme = include_str!("../README.md");
    let blocks = readme.split("```json").skip(1).filter_map(|rest| rest.split("```").next());
    let manifests: Vec<Value> = blocks.map(|block| serde_json::from_str(block).unwrap()).collect();
    cases(|random| {
        let mut manifest = manifests.choose(random).unwrap().clone();
        if random.random_bool(0.5) {
            let mut text = manifest.to_string().into_bytes();
            mangle(random, &mut text);
            match Manifest::from_json(&String::from_utf8_lossy(&text)) {
                Ok(manifest) => assert!(manifest.check().is_ok()),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
            return;
        }
        for _ in 0..random.random_range(1..4) {
            change(random, &mut manifest);
        }
        let Err(error) = Manifest::from_json(&manifest.to_string()) else { return };
        assert!(!error.problems.is_empty());
        for problem in &error.problems {
            assert!(!problem.message.is_empty());
            // A field without a name has no path to speak of.
            let nameless = !manifest.is_object() || manifest.get("").is_some();
            assert!(nameless || !problem.path.is_empty(), "{problem:?} {manifest}");
        }
    });
}
