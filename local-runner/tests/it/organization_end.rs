//! The end of an organization with everything around it: queue, bucket, mail, schedule.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{http::Client, inbox, runner::Runner};

/// A bound against hanging, not a measure.
const PATIENCE: Duration = Duration::from_secs(60);

async fn owner(runner: &Runner) -> Client {
    let demo = runner.running.demo.clone().unwrap();
    let mut app = runner.app();
    let login = [("email", demo.email.as_str()), ("password", demo.password.as_str())];
    assert_eq!(app.post_form("/login", &login).await.status, StatusCode::SEE_OTHER);
    app
}

/// Deletes the demo organization and waits for its export.
async fn delete(app: &mut Client) {
    let refused = app.post_form("/settings/deletion", &[("name", "demo")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Type the name exactly: Demo GmbH"), "{}", refused.text());
    let deleted = app.post_form("/settings/deletion", &[("name", "Demo GmbH")]).await;
    assert_eq!(deleted.location(), "/closed");
    let started = Instant::now();
    loop {
        let page = app.get("/closed").await.text();
        if page.contains("Download export") {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "no export: {page}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn purge(runner: &Runner, time: &str) -> Value {
    let event = json!({
        "version": "0", "id": "01930000-0000-7000-8000-00000000000a", "detail-type": "Scheduled Event",
        "source": "aws.scheduler", "account": "000000000000", "time": time, "region": "eu-central-1",
        "resources": [], "detail": {},
    });
    let mut lambda = Client::new(&runner.running.urls.aws).with_header("content-type", "application/json");
    let path = "/2015-03-31/functions/purge-organizations/invocations";
    lambda.send(Method::POST, path, None, event.to_string().into()).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_organization_is_closed_exported_and_restored() {
    let runner = Runner::start();
    let demo = runner.running.demo.clone().unwrap();
    let mut api = runner.api().with_header("authorization", &format!("Bearer {}", demo.api_key.unwrap()));
    let mut app = owner(&runner).await;
    delete(&mut app).await;
    for page in ["/dashboard", "/customers", "/members", "/settings/audit"] {
        assert_eq!(app.get(page).await.location(), "/closed", "{page}");
    }
    assert_eq!(api.get("/v1/customers").await.status, StatusCode::FORBIDDEN);
    let mail = inbox::newest(&runner, &demo.email, "Demo GmbH was deleted").await;
    assert!(mail.contains("/closed"), "{mail}");

    let address = app.get("/closed/export").await.location().to_owned();
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let file = Client::new(&format!("http://{host}")).get(&format!("/{path}")).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text());
    assert!(file.body.starts_with(b"PK"), "a zip");
    assert!(file.header("content-disposition").unwrap().contains("velox-export.zip"));

    assert_eq!(app.post_form("/closed/restore", &[]).await.location(), "/dashboard");
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
    assert_eq!(api.get("/v1/customers").await.status, StatusCode::OK);
    let gone = Client::new(&format!("http://{host}")).get(&format!("/{path}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "the export is of no use any more");
    let log = app.get("/settings/audit").await.text();
    for entry in ["Organization restored", "Organization deleted", "Export of the organization downloaded"] {
        assert!(log.contains(entry), "{entry}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_thirty_days_files_and_rows_are_gone_for_good() {
    let runner = Runner::start();
    let mut app = owner(&runner).await;
    delete(&mut app).await;
    let address = app.get("/closed/export").await.location().to_owned();
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let now = chrono::Utc::now();
    let after = |days: i64| (now + chrono::TimeDelta::days(days)).to_rfc3339();
    assert_eq!(purge(&runner, &after(29)).await, json!({ "purged": 0, "files": 0, "exports": 0 }));
    assert_eq!(purge(&runner, &after(31)).await, json!({ "purged": 1, "files": 1, "exports": 0 }));
    assert_eq!(
        purge(&runner, &after(31)).await,
        json!({ "purged": 0, "files": 0, "exports": 0 }),
        "twice is once"
    );
    let file = Client::new(&format!("http://{host}")).get(&format!("/{path}")).await;
    assert_eq!(file.status, StatusCode::NOT_FOUND);
    assert!(app.get("/closed").await.location().starts_with("/organizations"));
    assert!(app.get("/organizations").await.text().contains("You belong to no organization yet"));
}
