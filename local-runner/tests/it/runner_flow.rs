//! All parts together over HTTP: sign up, import, list by page and by API, and the job that a schedule finds.
//! The same with a browser is the journeys' business.

use std::{fs, time::Duration};

use http::StatusCode;

use crate::{
    http::Client,
    letters,
    runner::{Runner, project},
};

async fn sign_up(runner: &Runner, email: &str) -> Client {
    letters::signed_up(runner, "Flow AG", email, "correct horse battery staple").await
}

async fn upload(app: &mut Client, fixture: &str) -> String {
    let content = fs::read(project().join("fixtures").join(fixture)).unwrap();
    let answer = app.post_file("/imports", &[], ("file", fixture, &content)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.location().to_owned()
}

/// The import's page when nothing on it will change any more.
async fn outcome(app: &mut Client, import: &str) -> String {
    for _ in 0..1_000 {
        let page = app.get(import).await.text();
        if !page.contains("http-equiv=\"refresh\"") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the import does not finish");
}

/// The key that the page shows once.
async fn create_key(app: &mut Client) -> String {
    let page = app.post_form("/settings/api-keys", &[("name", "flow")]).await;
    assert_eq!(page.status, StatusCode::CREATED, "{}", page.text());
    let text = page.text();
    let start = text.find("velox_").expect("the page shows the key");
    text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_signs_up_imports_ten_thousand_customers_and_reads_them_by_api() {
    let runner = Runner::start();
    let mut app = sign_up(&runner, "flora@flow.example").await;
    let import = upload(&mut app, "customers-10k.csv").await;
    assert!(outcome(&mut app, &import).await.contains("10,000 customers were imported"));
    let key = create_key(&mut app).await;
    let mut api = runner.api().with_header("authorization", &format!("Bearer {key}"));
    let customers = api.get("/v1/customers?limit=500").await;
    assert_eq!(customers.status, StatusCode::OK, "{}", customers.text());
    assert_eq!(customers.json()["total"], 10_000);
    assert_eq!(customers.json()["data"].as_array().unwrap().len(), 500);
    runner.wait_for_output("import-customers 1 of 1 messages → ok");

    let list = app.post_form("/settings/allow-list", &[("allowed_ips", "203.0.113.0/24")]).await;
    assert!(list.status.is_redirection() || list.status.is_success(), "{}", list.text());
    let refused = api.get("/v1/customers").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_hosts_paths_and_methods_get_the_answer_of_their_head() {
    let runner = Runner::start();
    let demo = runner.running.demo.clone().unwrap();
    let key = format!("Bearer {}", demo.api_key.unwrap());
    let mut api = runner.api().with_header("authorization", &key);
    let unknown = api.get("/v1/nothing").await;
    assert_eq!((unknown.status, unknown.json()["status"].as_u64()), (StatusCode::NOT_FOUND, Some(404)));
    assert_eq!(unknown.header("content-type"), Some("application/problem+json"));
    let method = api.send(http::Method::DELETE, "/v1/customers", None, bytes::Bytes::new()).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    let page = runner.app().get("/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().starts_with("<!DOCTYPE html>"), "{}", page.text());
    let mut stranger = Client::new(&runner.running.urls.app.replace("app.", "shop."));
    assert_eq!(stranger.get("/").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_as_they_should_be_come_back_with_words() {
    let runner = Runner::start();
    let mut app = sign_up(&runner, "fiona@flow.example").await;
    for (fixture, words) in [
        (
            "customers-ragged.csv",
            &["8 customers were imported", "This row has 6 cells where the header has 10"][..],
        ),
        (
            "customers-messy.csv",
            &["32 customers were imported", "Row 5 of this file has this address already"],
        ),
        ("customers-latin1.csv", &["20 customers were imported", "windows-1252"]),
        ("customers-binary.csv", &["was not imported", "must name the columns. Missing: name,"]),
        ("customers-header-only.csv", &["was not imported", "no rows below it"]),
        (
            "customers-ragged.csv",
            &["0 customers were imported", "A customer with this address exists already"],
        ),
    ] {
        let import = upload(&mut app, fixture).await;
        let page = outcome(&mut app, &import).await;
        for word in words {
            assert!(page.contains(word), "{fixture}: no {word:?} in {page}");
        }
    }
    let customers = app.get("/customers").await.text();
    assert!(customers.contains("of 60"), "nothing is there twice: {customers}");
    let empty = app.post_file("/imports", &[], ("file", "", b"")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("Choose a CSV file"), "{}", empty.text());
}
