//! Who reaches what: for each route of the catalogue, what a stranger, each role, and a member of another
//! organization get. A new route has to be listed in the table.

mod people;
mod table;

use std::collections::BTreeSet;

use catalog::{FUNCTIONS, Function, Head, Method, Trigger};
use http::StatusCode;

use self::{
    people::People,
    table::{ROLES, Row},
};
use crate::{
    http::{Answer, Client},
    letters,
    runner::Runner,
};

/// An id of nothing.
const UNKNOWN: &str = "01930000-0000-7000-8000-000000000001";

fn routes() -> impl Iterator<Item = (&'static Function, http::Method, &'static str)> {
    FUNCTIONS.iter().filter_map(|function| {
        let Trigger::Http { method, path } = function.trigger else { return None };
        let method = if method == Method::Post { http::Method::POST } else { http::Method::GET };
        Some((function, method, path))
    })
}

/// Whether a route leads whoever is not signed in to the login, whose session it looks at therefore.
pub(crate) fn is_for_members(function: &str) -> bool {
    // The second factor's page leads there as well, and asks for a ticket of its own.
    let row = table::ROWS.iter().find(|row| row.function == function);
    row.is_some_and(|row| row.login && !function.starts_with("web-second-factor"))
}

/// The path with an id in it.
pub(crate) fn concrete(path: &str, id: &str) -> String {
    let path = path.replace("{id}", id).replace("{token}", id);
    path.replace("{file}", "app.css").replace("{*path}", "nowhere")
}

fn client(runner: &Runner, head: Head) -> Client {
    match head {
        Head::Web => runner.app(),
        Head::Api => runner.api(),
        Head::Admin => runner.admin(),
        Head::Jobs => unreachable!("jobs have no routes"),
    }
}

#[test]
fn every_route_has_one_row_of_the_table_and_every_row_a_route() {
    let rows: BTreeSet<_> = table::ROWS.iter().map(|row| row.function).collect();
    assert_eq!(rows.len(), table::ROWS.len(), "a route stands twice in access/table.rs");
    let known: BTreeSet<_> = routes().map(|(function, ..)| function.name).collect();
    if let Some(missing) = known.difference(&rows).next() {
        panic!("{missing} has no row in local-runner/tests/it/access/table.rs: say there who may use it");
    }
    assert_eq!(rows.difference(&known).next(), None, "a row without a route");
}

/// Sends what the row is about, with an empty body.
async fn ask(mut client: Client, row: &Row, id: &str) -> Answer {
    let (function, method, path) = routes().find(|(function, ..)| function.name == row.function).unwrap();
    let content_type = (method == http::Method::POST).then_some(match function.head {
        Head::Api => "application/json",
        _ => "application/x-www-form-urlencoded",
    });
    client.send(method, &concrete(path, id), content_type, bytes::Bytes::new()).await
}

fn assert_status(answer: &Answer, expected: u16, row: &Row, who: &str) {
    let status = answer.status.as_u16();
    assert_eq!(status, expected, "{} for {who}: {}", row.function, answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_each_role_as_the_table_says() {
    let runner = Runner::start();
    let people = People::gather(&runner).await;
    for row in table::ROWS {
        let (function, method, _) = routes().find(|(function, ..)| function.name == row.function).unwrap();
        let real = people.id_for(row.function);
        let answer = ask(client(&runner, function.head), row, &real).await;
        assert_status(&answer, row.nobody, row, "nobody");
        if row.login {
            assert!(answer.location().starts_with("/login"), "{}: {}", row.function, answer.location());
        }
        // Who may not is refused whatever it is about; who may is asked about nothing, so that nothing changes.
        let base = client(&runner, function.head);
        for ((role, expected), person) in ROLES.into_iter().zip(row.roles).zip(&people.roles) {
            let spared = method == http::Method::POST && expected != 403;
            let id = if spared { UNKNOWN } else { &real };
            let answer = ask(person.with_host_of(&base), row, id).await;
            assert_status(&answer, expected, row, role);
        }
        let answer = ask(people.elsewhere.with_host_of(&base), row, &real).await;
        assert_status(&answer, row.elsewhere, row, "a member of another organization");
        if let Some(expected) = row.api_key {
            let client = base.with_header("authorization", &format!("Bearer {}", people.api_key));
            assert_status(&ask(client, row, UNKNOWN).await, expected, row, "an API key");
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
            let answer =
                client.send(method.clone(), &concrete(path, UNKNOWN), None, bytes::Bytes::new()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {headers:?}", function.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_session_opens_no_page_of_staff() {
    let runner = Runner::start();
    let app = letters::signed_up(&runner, "Nosy Ltd", "nora@nosy.example", "correct horse battery").await;
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
async fn guesses_at_a_password_count_on_all_hosts_together() {
    let runner = Runner::start();
    let demo = runner.running.demo.clone().unwrap();
    let wrong = [("email", demo.email.as_str()), ("password", "a guess")];
    let (mut app, mut admin) = (runner.app(), runner.admin());
    for guess in 0..5 {
        let client = if guess % 2 == 0 { &mut app } else { &mut admin };
        assert_eq!(client.post_form("/login", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = [("email", demo.email.as_str()), ("password", demo.password.as_str())];
    for client in [&mut app, &mut admin] {
        let refused = client.post_form("/login", &right).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.text().contains("too many attempts"), "{}", refused.text());
    }
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
