//! S3 as a browser uses it: presigned links, forms with a policy, and pages of other origins. The services have no
//! secret to check signatures by, so these run against the services here only.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use base64::Engine as _;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::aws_conformance::error_code;
use crate::aws_s3::{bucket, get, put};
use crate::aws_world::World;

async fn send(request: Request<Full<Bytes>>) -> Response<Bytes> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

fn presigning(age: Duration, seconds: u64) -> PresigningConfig {
    let start = SystemTime::now() - age;
    PresigningConfig::builder().start_time(start).expires_in(Duration::from_secs(seconds)).build().unwrap()
}

#[tokio::test]
async fn a_presigned_url_works_without_credentials_until_it_expires() {
    let world = World::start().await;
    let bucket = bucket(&world.clients).await;
    let s3 = &world.clients.s3;
    let url =
        s3.put_object().bucket(&bucket).key("k").presigned(presigning(Duration::ZERO, 60)).await.unwrap();
    let request = Request::put(url.uri()).body(Full::from("direct")).unwrap();
    assert_eq!(send(request).await.status(), StatusCode::OK);
    assert_eq!(get(&world.clients, &bucket, "k").await, b"direct");
    for (age, expected) in [(30, StatusCode::OK), (61, StatusCode::FORBIDDEN)] {
        let config = presigning(Duration::from_secs(age), 60);
        let url = s3.get_object().bucket(&bucket).key("k").presigned(config).await.unwrap();
        let answer = send(Request::get(url.uri()).body(Full::default()).unwrap()).await;
        assert_eq!(answer.status(), expected);
        assert_eq!(text(&answer).contains("<Code>AccessDenied</Code><Message>Request has expired"), age > 60);
    }
    world.services.shutdown().await;
}

/// A form as a page would send it, with a policy of these conditions besides the bucket's.
fn form(
    world: &World,
    bucket: &str,
    conditions: &str,
    expires: TimeDelta,
    fields: &[(&str, &str)],
) -> Request<Full<Bytes>> {
    let expiration = (Utc::now() + expires).format("%Y-%m-%dT%H:%M:%S.000Z");
    let policy = format!(
        "{{\"expiration\":\"{expiration}\",\"conditions\":[{{\"bucket\":\"{bucket}\"}},{conditions}]}}"
    );
    let policy = base64::engine::general_purpose::STANDARD.encode(policy);
    let fixed = [
        ("policy", policy.as_str()),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", "any/20260101/eu-central-1/s3/aws4_request"),
        ("x-amz-date", "20260101T000000Z"),
        ("x-amz-signature", "0123456789abcdef"),
    ];
    let mut body = String::new();
    for (name, value) in fields.iter().chain(&fixed) {
        body += &format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n";
    body += "Content-Type: text/csv\r\n\r\nid,name\r\n--limit--\r\n";
    Request::post(format!("{}/{bucket}", world.services.endpoint_url()))
        .header("content-type", "multipart/form-data; boundary=limit")
        .body(Full::from(body))
        .unwrap()
}

/// What signed forms carry besides.
const SIGNED: &str = "[\"starts-with\",\"$x-amz-algorithm\",\"\"],[\"starts-with\",\"$x-amz-credential\",\"\"],\
    [\"starts-with\",\"$x-amz-date\",\"\"]";

#[tokio::test]
async fn a_form_is_taken_if_it_keeps_its_policy() {
    let world = World::start().await;
    let bucket = bucket(&world.clients).await;
    let hour = TimeDelta::hours(1);
    let rules = format!("{SIGNED},[\"starts-with\",\"$key\",\"in/\"],[\"content-length-range\",1,100]");
    let post =
        |rules: &str, expires, fields: &[(&str, &str)]| send(form(&world, &bucket, rules, expires, fields));
    let done = post(&rules, hour, &[("key", "in/${filename}")]).await;
    assert_eq!(done.status(), StatusCode::NO_CONTENT, "{}", text(&done));
    assert_eq!(get(&world.clients, &bucket, "in/a.csv").await, b"id,name");

    let elsewhere = post(&rules, hour, &[("key", "out/x")]).await;
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN, "{}", text(&elsewhere));
    let late = post(&rules, -hour, &[("key", "in/x")]).await;
    assert_eq!(late.status(), StatusCode::FORBIDDEN, "{}", text(&late));
    let short = rules.replace("1,100", "1,5");
    let large = post(&short, hour, &[("key", "in/x")]).await;
    assert!(text(&large).contains("EntityTooLarge"), "{}", text(&large));
    let unsaid = post(&rules, hour, &[("key", "in/x"), ("x-amz-meta-a", "1")]).await;
    assert_eq!(unsaid.status(), StatusCode::FORBIDDEN, "what the policy does not mention: {}", text(&unsaid));

    let mut open = form(&world, &bucket, &rules, hour, &[("key", "in/x")]);
    let body = open.body_mut().clone().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap().replace("name=\"policy\"", "name=\"no\"");
    *open.body_mut() = Full::from(body);
    assert_eq!(send(open).await.status(), StatusCode::FORBIDDEN, "without a policy");
    world.services.shutdown().await;
}

fn rule(origin: &str, method: &str) -> CorsRule {
    let rule = CorsRule::builder().allowed_origins(origin).allowed_methods(method).allowed_headers("x-amz-*");
    rule.allowed_headers("content-type").expose_headers("ETag").max_age_seconds(600).build().unwrap()
}

async fn preflight(
    world: &World,
    bucket: &str,
    origin: &str,
    method: &str,
    headers: &str,
) -> (StatusCode, HeaderMap) {
    let request = Request::options(format!("{}/{bucket}/k", world.services.endpoint_url()))
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", headers);
    let (parts, _) = send(request.body(Full::default()).unwrap()).await.into_parts();
    (parts.status, parts.headers)
}

#[tokio::test]
async fn a_page_of_another_origin_may_do_what_the_bucket_allows() {
    let world = World::start().await;
    let bucket = bucket(&world.clients).await;
    put(&world.clients, &bucket, "k", "x").await;
    let s3 = &world.clients.s3;
    let app = "http://app.localhost:4000";
    let ask = |origin: &'static str, method: &'static str, headers: &'static str| {
        preflight(&world, &bucket, origin, method, headers)
    };
    assert_eq!(error_code!(s3.get_bucket_cors().bucket(&bucket).send().await), "NoSuchCORSConfiguration");
    assert_eq!(ask(app, "PUT", "").await.0, StatusCode::FORBIDDEN, "nothing is allowed yet");

    let rules = CorsConfiguration::builder().cors_rules(rule("http://*.localhost:4000", "PUT"));
    let rules = rules.cors_rules(rule("*", "GET")).build().unwrap();
    s3.put_bucket_cors().bucket(&bucket).cors_configuration(rules).send().await.unwrap();
    let (status, headers) = ask(app, "PUT", "content-type, X-Amz-Date").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["access-control-allow-origin"], app);
    assert_eq!(headers["access-control-allow-headers"], "content-type, x-amz-date");
    assert_eq!(headers["access-control-max-age"], "600");
    assert_eq!(ask(app, "PUT", "authorization").await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask("http://localhost:9", "PUT", "").await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(app, "DELETE", "").await.0, StatusCode::FORBIDDEN);

    let read = Request::get(format!("{}/{bucket}/k", world.services.endpoint_url())).header("origin", app);
    let read = send(read.body(Full::default()).unwrap()).await;
    assert_eq!(read.headers()["access-control-allow-origin"], "*");
    assert_eq!(read.headers()["access-control-expose-headers"], "ETag");

    let world = world.restarted().await;
    let kept = world.clients.s3.get_bucket_cors().bucket(&bucket).send().await.unwrap();
    assert_eq!(kept.cors_rules().len(), 2);
    world.clients.s3.delete_bucket_cors().bucket(&bucket).send().await.unwrap();
    assert_eq!(preflight(&world, &bucket, app, "PUT", "").await.0, StatusCode::FORBIDDEN);
    world.services.shutdown().await;
}

#[tokio::test]
async fn rules_with_unknown_methods_or_two_wildcards_are_refused() {
    let world = World::start().await;
    let bucket = bucket(&world.clients).await;
    for bad in [rule("*", "PATCH"), rule("http://*.*", "GET")] {
        let rules = CorsConfiguration::builder().cors_rules(bad).build().unwrap();
        let refused =
            world.clients.s3.put_bucket_cors().bucket(&bucket).cors_configuration(rules).send().await;
        assert_eq!(error_code!(refused), "InvalidRequest");
    }
    world.services.shutdown().await;
}
