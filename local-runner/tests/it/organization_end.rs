//! The end of an organization with everything around it: queue, bucket, mail, schedule.

use std::time::{Duration, Instant};

use catalog::names;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use crate::{aws_world::Clients, http::Client, inbox, runner::Runner};

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
    request(app).await;
    exported(app).await;
}

async fn request(app: &mut Client) {
    let refused = app.post_form("/settings/deletion", &[("name", "demo")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Type the name exactly: Demo GmbH"), "{}", refused.text());
    let deleted = app.post_form("/settings/deletion", &[("name", "Demo GmbH")]).await;
    assert_eq!(deleted.location(), "/closed");
}

async fn exported(app: &mut Client) {
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

/// As if the job had failed for good an hour ago.
pub(crate) const STUCK: &str =
    "UPDATE organizations SET deletion_requested_at = now() - interval '1 hour', deleted_at = NULL,
                                              export_key = NULL WHERE deletion_requested_at IS NOT NULL";

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_did_not_come_about_is_told_to_an_owner_who_has_it_made_again() {
    let runner = Runner::start();
    let mut app = owner(&runner).await;
    delete(&mut app).await;
    assert_eq!(app.post_form("/closed/export", &[]).await.status, StatusCode::CONFLICT, "it is there");
    let mut database = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    database.execute(STUCK).await.unwrap();
    let page = app.get("/closed").await.text();
    assert!(
        page.contains("The export did not come about") && page.contains("Make the export again"),
        "{page}"
    );
    assert_eq!(app.post_form("/closed/export", &[]).await.location(), "/closed?again=1");
    exported(&mut app).await;

    // Where nobody is left to ask for it, the schedule does.
    database.execute(STUCK).await.unwrap();
    let now = chrono::Utc::now().to_rfc3339();
    assert_eq!(purge(&runner, &now).await, json!({ "purged": 0, "files": 0, "exports": 1 }));
    exported(&mut app).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_an_export_that_is_not_there_learns_what_to_do_next() {
    let runner = Runner::start();
    let mut app = owner(&runner).await;
    let none = app.get("/closed/export").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert!(none.text().contains("An export is made when an owner deletes"), "{}", none.text());
    delete(&mut app).await;
    let clients = Clients::of(&runner.running.urls.aws);
    let list = clients.s3.list_objects_v2().bucket(names::FILES_BUCKET).send().await.unwrap();
    for object in list.contents() {
        let delete = clients.s3.delete_object().bucket(names::FILES_BUCKET).key(object.key().unwrap());
        delete.send().await.unwrap();
    }
    let lost = app.get("/closed/export").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND, "{}", lost.text());
    assert!(lost.text().contains("restore the organization, and delete it again"), "{}", lost.text());
}
