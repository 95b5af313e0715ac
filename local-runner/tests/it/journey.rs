//! The main job, as a person does it: sign up, import ten thousand customers, watch, search, use the API, shut
//! somebody out, come back tomorrow. Once with JavaScript, once without, from the compiled binaries.

use http::StatusCode;
use rustix::process::Signal;
use sqlx::{Connection, Executor, PgConnection};

use crate::{
    browser::Browser,
    http::Client,
    letters::{letter, link},
    runner::{Runner, project},
};

const PASSWORD: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_with_javascript() {
    main_job(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_without_javascript() {
    main_job(false).await;
}

async fn main_job(javascript: bool) {
    let runner = Runner::start();
    let browser = Browser::open(javascript).await;
    sign_up(&runner, &browser).await;
    import(&runner, &browser, javascript).await;
    search_and_page(&browser).await;
    let key = create_key(&browser).await;
    let mut api = api(&runner, &key);
    let answer = api.get("/v1/customers?limit=1").await;
    assert_eq!((answer.status, answer.json()["total"].as_i64()), (StatusCode::OK, Some(10_000)));
    shut_out(&browser, &mut api).await;

    let (status, folder) = runner.end(Signal::INT);
    assert!(status.success(), "{status}");
    let runner = Runner::start_in(folder, &[]);
    come_back(&runner, &browser, &key).await;
}

async fn sign_up(runner: &Runner, browser: &Browser) {
    browser.goto(&runner.running.urls.app).await;
    browser.click("Create an account").await;
    browser.fill("organization", "Journey GmbH").await;
    browser.fill("name", "Jo Journey").await;
    browser.fill("email", "jo@journey.example").await;
    browser.fill("password", "short").await;
    browser.click("Create account").await;
    browser.wait_for("at least 10 characters; three or four words").await;
    browser.fill("password", PASSWORD).await;
    browser.click("Create account").await;
    browser.wait_for("We have sent a mail to").await;
    let mail = letter(runner, "jo@journey.example", "Confirm your e-mail address").await;
    browser.goto(&link(&mail, "/sign-up/confirm")).await;
    browser.click("Open my account").await;
    browser.wait_for("Three steps to your first invoice").await;
}

/// The customers' table is locked for a moment, so that there is time to watch.
async fn import(runner: &Runner, browser: &Browser, javascript: bool) {
    browser.click("Import customers").await;
    let file = project().join("fixtures/customers-10k.csv");
    browser.choose("file", file.to_str().unwrap()).await;
    let mut owner = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    owner.execute("BEGIN; LOCK TABLE customers IN EXCLUSIVE MODE").await.unwrap();
    browser.click("Import customers").await;
    browser.wait_for_element("progress").await;
    if javascript {
        browser.run("window.watched = true").await;
    }
    owner.execute("ROLLBACK").await.unwrap();
    browser.wait_for("10,000 customers were imported").await;
    assert_eq!(browser.count("progress").await, 0);
    if javascript {
        assert_eq!(browser.run("return window.watched").await, true, "the page was loaded again");
    }
}

async fn search_and_page(browser: &Browser) {
    browser.click("See these customers").await;
    browser.wait_for("1–50 of 10,000").await;
    browser.click("Show all customers").await;
    browser.wait_for("1–50 of 10,000").await;
    browser.click("Next").await;
    browser.wait_for("51–100 of 10,000").await;
    browser.click("Previous").await;
    browser.wait_for("1–50 of 10,000").await;
    browser.fill("search", "quiroga verlag 0\n").await;
    let found = browser.wait_for("quiroga.0@example-85.com").await;
    assert!(!found.contains("of 10,000"), "{found}");
    browser.fill("search", "nobody at all\n").await;
    browser.wait_for("No customer matches").await;
}

/// The key that the page shows this once.
async fn create_key(browser: &Browser) -> String {
    browser.click("API keys").await;
    browser.fill("name", "Warehouse").await;
    browser.click("Create key").await;
    let page = browser.wait_for("velox_").await;
    let start = page.find("velox_").unwrap();
    page[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect()
}

fn api(runner: &Runner, key: &str) -> Client {
    runner.api().with_header("authorization", &format!("Bearer {key}"))
}

async fn shut_out(browser: &Browser, api: &mut Client) {
    browser.click("Allow-list").await;
    browser.fill("allowed_ips", "not an address").await;
    browser.click("Save allow-list").await;
    browser.wait_for("is neither an address").await;
    browser.fill("allowed_ips", "203.0.113.0/24").await;
    browser.click("Save allow-list").await;
    browser.wait_for("Your own address is not in the list").await;
    let refused = api.get("/v1/customers").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("do not work from 127.0.0.1"), "{}", refused.text());
}

/// Everything is still there: the session, the customers, the key and the list that shuts it out.
async fn come_back(runner: &Runner, browser: &Browser, key: &str) {
    browser.goto(&format!("{}/customers", runner.running.urls.app)).await;
    browser.wait_for("1–50 of 10,000").await;
    assert_eq!(api(runner, key).get("/v1/customers").await.status, StatusCode::FORBIDDEN);
    browser.click("Allow-list").await;
    browser.fill("allowed_ips", "").await;
    browser.click("Save allow-list").await;
    browser.wait_for("API keys work from every address").await;
    assert_eq!(api(runner, key).get("/v1/customers").await.status, StatusCode::OK);
}
