//! Who reaches what: for each route of the catalogue, what a stranger gets. A new route has to be listed here.

use catalog::{FUNCTIONS, Function, Head, Method, Trigger};
use http::StatusCode;

use crate::{http::Client, runner::Runner};

/// Routes that everybody may use; all others need a session, or a key on the API.
const PUBLIC: [&str; 13] = [
    "web-home",
    "web-sign-up-form",
    "web-sign-up",
    "web-login-form",
    "web-login",
    "web-logout",
    "web-assets",
    "web-fallback",
    "admin-login-form",
    "admin-login",
    "admin-logout",
    "admin-assets",
    "admin-fallback",
];

fn routes() -> impl Iterator<Item = (&'static Function, http::Method, String)> {
    FUNCTIONS.iter().filter_map(|function| {
        let Trigger::Http { method, path } = function.trigger else { return None };
        let method = if method == Method::Post { http::Method::POST } else { http::Method::GET };
        let path = path.replace("{id}", "01930000-0000-7000-8000-000000000001");
        Some((function, method, path.replace("{file}", "app.css").replace("{*path}", "nowhere")))
    })
}

fn client(runner: &Runner, head: Head) -> Client {
    match head {
        Head::Web => runner.app(),
        Head::Api => runner.api(),
        Head::Admin => runner.admin(),
        Head::Jobs => unreachable!("jobs have no routes"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_reaches_the_public_routes_and_no_other() {
    let runner = Runner::start();
    for (function, method, path) in routes() {
        let content_type = (method == http::Method::POST).then_some(match function.head {
            Head::Api => "application/json",
            _ => "application/x-www-form-urlencoded",
        });
        let mut client = client(&runner, function.head);
        let answer = client.send(method, &path, content_type, bytes::Bytes::new()).await;
        let (name, status) = (function.name, answer.status);
        if function.head == Head::Api && function.name != "api-fallback" {
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
        } else if PUBLIC.contains(&name) || name == "api-fallback" {
            assert!(!status.is_server_error() && status != StatusCode::UNAUTHORIZED, "{name}: {status}");
        } else {
            assert_eq!(status, StatusCode::SEE_OTHER, "{name} answers a stranger; is it in PUBLIC?");
            assert!(answer.location().starts_with("/login"), "{name}: {}", answer.location());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_refused_when_another_site_sends_it() {
    let runner = Runner::start();
    let forms =
        routes().filter(|(function, method, _)| *method == http::Method::POST && function.head != Head::Api);
    for (function, method, path) in forms {
        for headers in [&[("sec-fetch-site", "cross-site")][..], &[("sec-fetch-site", "same-site")], &[]] {
            let mut client = client(&runner, function.head);
            for (name, value) in headers {
                client = client.with_header(name, value);
            }
            // Without a content type the test's client says no origin either.
            let answer = client.send(method.clone(), &path, None, bytes::Bytes::new()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {headers:?}", function.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_session_opens_no_page_of_staff() {
    let runner = Runner::start();
    let mut app = runner.app();
    let fields = [
        ("organization", "Nosy Ltd"),
        ("name", "Nora Nosy"),
        ("email", "nora@nosy.example"),
        ("password", "correct horse battery"),
    ];
    assert_eq!(app.post_form("/sign-up", &fields).await.status, StatusCode::SEE_OTHER);
    let mut admin = app.at(&runner.running.urls.admin);
    assert!(admin.get("/").await.location().starts_with("/login"));
    let login = [("email", "nora@nosy.example"), ("password", "correct horse battery")];
    assert_eq!(admin.post_form("/login", &login).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let demo = runner.running.demo.clone().unwrap();
    let login = [("email", demo.email.as_str()), ("password", demo.password.as_str())];
    assert_eq!(admin.post_form("/login", &login).await.status, StatusCode::SEE_OTHER);
    let page = admin.get("/?search=nosy").await;
    assert!(page.text().contains("Nosy Ltd"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_the_api_cannot_use_gets_a_problem_that_says_why() {
    let runner = Runner::start();
    let key = runner.running.demo.clone().unwrap().api_key.unwrap();
    let mut api = runner.api().with_header("authorization", &format!("Bearer {key}"));
    let json = Some("application/json");
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(1_100_000)).into_bytes();
    let complete = r#"{"name": "A", "email": "nobody", "country": "XX", "currency": "EUR"}"#;
    for (content_type, body, status, reason) in [
        (None, b"{}".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type: application/json"),
        (json, b"{\"name\":".to_vec(), StatusCode::BAD_REQUEST, "not JSON"),
        (json, b"{\"name\": \"\xff\"}".to_vec(), StatusCode::BAD_REQUEST, "not UTF-8"),
        (json, b"[]".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "wrong shape"),
        (json, b"{\"nome\": 1}".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "nome"),
        (json, complete.into(), StatusCode::UNPROCESSABLE_ENTITY, "“XX” is not a country code"),
        (json, large, StatusCode::PAYLOAD_TOO_LARGE, "larger than 1000000 bytes"),
        (json, vec![b' '; 6_000_000], StatusCode::PAYLOAD_TOO_LARGE, ""),
    ] {
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let answer = api.send(http::Method::POST, "/v1/customers", content_type, body.into()).await;
        assert_eq!(answer.status, status, "{start}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{start}");
        assert!(answer.text().contains(reason), "{start}: {}", answer.text());
        assert_eq!(answer.json()["status"], status.as_u16());
    }
    let user =
        serde_json::json!({ "email": "u@demo.example", "name": "U", "password": "correct horse battery" });
    assert_eq!(api.post_json("/v1/users", &user).await.status, StatusCode::CREATED);
    assert_eq!(api.post_json("/v1/users", &user).await.status, StatusCode::CONFLICT);
    assert_eq!(api.get("/v1/users").await.json()["data"].as_array().unwrap().len(), 2);
}
