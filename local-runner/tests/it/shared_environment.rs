//! `--env dev`: functions of this machine on a database and a cloud that others use as well. Here the database of
//! another runner and a cloud of its own stand for them.

use std::{fs, path::Path, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use http::StatusCode;
use local_runner::{environment::bar, resources::Cloud};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::{
    aws_world::World,
    http::Client,
    runner::{Folder, Runner},
};

/// A checkout as far as the runner looks at one that it does not build.
fn checkout(within: &Path, file: &str, settings: &str) -> String {
    let folder = within.join("checkout");
    fs::create_dir_all(folder.join("functions/catalog")).unwrap();
    fs::write(folder.join("functions/catalog/Cargo.toml"), "").unwrap();
    fs::write(folder.join(file), settings).unwrap();
    folder.to_str().unwrap().to_owned()
}

/// What others use as well.
pub(crate) struct Shared {
    database: Runner,
    pub(crate) cloud: World,
}

impl Shared {
    pub(crate) async fn start() -> Self {
        let (database, cloud) = (Runner::start(), World::start().await);
        Cloud::connect(&cloud.services.endpoint_url()).await.ensure().await.unwrap();
        Self { database, cloud }
    }

    pub(crate) fn settings(&self) -> String {
        let endpoint = self.cloud.services.endpoint_url();
        let database = &self.database.running.database;
        format!(
            "DATABASE_URL={}\nOPERATOR_DATABASE_URL={}\nSESSIONS_TABLE=velox-sessions\n\
             TOKENS_TABLE=velox-tokens\nTHROTTLES_TABLE=velox-throttles\n\
             VELOX_SEALING_KEYS=local:dGhlIGxvY2FsIHJ1bm5lciBrZWVwcyBubyBzZWNyZXQ=\nFILES_BUCKET=velox-files\n\
             QUEUE_URL_PREFIX={}\nAWS_ENDPOINT_URL={endpoint}\nAWS_ACCESS_KEY_ID=any\nAWS_SECRET_ACCESS_KEY=any\n",
            database.app,
            database.operator,
            self.queue("")
        )
    }

    fn queue(&self, function: &str) -> String {
        format!("{}/000000000000/velox-{function}", self.cloud.services.endpoint_url())
    }

    async fn send(&self, function: &str) {
        let body = json!({ "version": 1 }).to_string();
        let send = self.cloud.clients.sqs.send_message().queue_url(self.queue(function));
        send.message_body(body).send().await.unwrap();
    }

    /// How often the message that waits was received, this time included.
    async fn received(&self, function: &str) -> Option<String> {
        let name = aws_sdk_sqs::types::MessageSystemAttributeName::ApproximateReceiveCount;
        let receive = self.cloud.clients.sqs.receive_message().queue_url(self.queue(function));
        let found = receive.message_system_attribute_names(name.clone()).send().await.unwrap();
        found.messages?.first()?.attributes.as_ref()?.get(&name).cloned()
    }

    async fn count(&self, statement: &'static str) -> i64 {
        let mut connection = PgConnection::connect(&self.database.running.database.owner).await.unwrap();
        sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
    }

    /// What would change if anything did.
    async fn fingerprint(&self) -> (i64, i64, i64) {
        (
            self.count("SELECT count(*) FROM organizations").await,
            self.count("SELECT count(*) FROM _sqlx_migrations").await,
            self.count("SELECT count(*) FROM pg_roles").await,
        )
    }
}

fn start(shared: &Shared) -> Runner {
    start_with(&shared.settings())
}

/// A runner on the environment of these settings.
pub(crate) fn start_with(settings: &str) -> Runner {
    let folder = Folder::new();
    let project = checkout(folder.path(), ".env.dev", settings);
    // What is about the developer's own machine does not count.
    fs::write(Path::new(&project).join(".env.local"), "FILES_BUCKET=mine\n").unwrap();
    let mut command = folder.command();
    command
        .args(["--env", "dev", "--project", &project])
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    Runner::start_as(folder, command)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_the_shared_data_under_a_bar_and_nothing_of_it_is_polled() {
    let shared = Shared::start().await;
    shared.send("import-customers").await;
    shared.send("relay-outbox").await;
    let runner = start(&shared);
    let (output, below) = (runner.output(), runner.descendants());
    assert!(output.contains("DEV: shared data, not yours alone"), "{output}");
    assert!(output.contains("No queue is polled, no schedule fired, nothing migrated"), "{output}");
    assert!(!below.iter().any(|(_, command)| command.contains("postgres -D")), "{below:#?}");
    let password = shared.database.running.database.app.split(['@', ':']).nth(2).unwrap();
    assert!(!output.contains(password), "a password is on the screen");

    let demo = shared.database.running.demo.clone().unwrap();
    let mut app = runner.app();
    let form = app.get("/login").await;
    assert_eq!(form.header(bar::HEADER.as_str()), Some("dev"));
    let login = app.post_form("/login", &[("email", &demo.email), ("password", &demo.password)]).await;
    assert_eq!(login.status, StatusCode::SEE_OTHER, "{}", login.text());
    let organization = format!("Shared {}", uuid::Uuid::new_v4().simple());
    rename(&shared, &demo.organization, &organization).await;
    let page = app.get("/dashboard").await;
    assert!(page.text().contains(&organization), "{}", page.text());
    for page in [page, form, app.get("/no-such-page").await, runner.dashboard().get("/").await] {
        let text = page.text();
        assert!(text.contains("class=\"velox-environment\"") && text.contains("<b>dev</b>"), "{text}");
    }
    for mut client in [runner.app(), runner.dashboard()] {
        let css = client.get(bar::Bar::STYLESHEET).await;
        assert_eq!(
            (css.status, css.header("content-type")),
            (StatusCode::OK, Some("text/css; charset=utf-8"))
        );
    }
    // Time in which a poll would have come, several times over.
    tokio::time::sleep(Duration::from_secs(3)).await;
    for queue in ["import-customers", "relay-outbox"] {
        assert_eq!(shared.received(queue).await.as_deref(), Some("1"), "{queue}");
    }
}

async fn rename(shared: &Shared, from: &str, to: &str) {
    let mut connection = PgConnection::connect(&shared.database.running.database.owner).await.unwrap();
    let rename = sqlx::query("UPDATE organizations SET name = $2 WHERE name = $1").bind(from).bind(to);
    assert!(rename.execute(&mut connection).await.unwrap().rows_affected() > 0);
}

async fn aws(runner: &Runner, target: &str, input: &Value) -> (StatusCode, String) {
    let client = Client::new(&runner.running.urls.aws).with_header("x-amz-target", target);
    let mut client = client.with_header("content-type", "application/x-amz-json-1.0");
    let answer = client.send(http::Method::POST, "/", None, input.to_string().into()).await;
    (answer.status, answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_destroys_is_refused_with_a_sentence_and_changes_nothing() {
    let shared = Shared::start().await;
    shared.send("import-customers").await;
    let runner = start(&shared);
    let before = shared.fingerprint().await;
    let says = |text: &str| text.contains("not from here") && text.contains("cargo velox dev");

    let queue = json!({ "QueueUrl": shared.queue("import-customers") });
    for target in ["AmazonSQS.PurgeQueue", "AmazonSQS.DeleteQueue", "DynamoDB_20120810.DeleteTable"] {
        let (status, text) = aws(&runner, target, &queue).await;
        assert!(status == StatusCode::FORBIDDEN && says(&text), "{target}: {status} {text}");
    }
    for function in ["migrate", "seed-demo", "grant-staff", "relay-outbox", "expire-imports"] {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let answer = Client::new(&runner.running.urls.aws).post_plain_json(&path, &json!({})).await;
        assert!(
            answer.status == StatusCode::FORBIDDEN && says(&answer.text()),
            "{function}: {}",
            answer.text()
        );
    }
    let mut dashboard = runner.dashboard();
    for path in [
        "/queues/velox-import-customers/purge",
        "/queues/velox-import-customers/redrive",
        "/files/velox-files/delete",
        "/parameters/put",
        "/schedules/travel",
        "/schedules/velox/velox-relay-outbox/run",
        "/functions/migrate/invoke",
        "/mail/clear",
        "/control/mail/clear",
        "/control/schedules/velox/velox-relay-outbox/run",
    ] {
        let answer = dashboard.post_form(path, &[]).await;
        assert!(answer.status == StatusCode::FORBIDDEN && says(&answer.text()), "{path}: {}", answer.text());
    }
    let write = [("sql", "UPDATE organizations SET name = 'mine'")];
    assert_eq!(dashboard.post_form("/database/query", &write).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let read = dashboard.post_form("/database/query", &[("sql", "SELECT current_user")]).await;
    assert!(read.text().contains("velox_operator"), "{}", read.text());
    let settings = dashboard.get("/configuration?secrets=shown").await.text();
    let password = shared.database.running.database.operator.split(['@', ':']).nth(2).unwrap();
    assert!(settings.contains("velox-files") && !settings.contains(password), "{settings}");
    let file = dashboard.get("/files/velox-files/object?key=mine").await.text();
    assert!(file.contains("are in its own account"), "{file}");

    assert_eq!(shared.fingerprint().await, before);
    assert_eq!(shared.count("SELECT count(*) FROM organizations WHERE name = 'mine'").await, 0);
    assert_eq!(
        shared.received("import-customers").await.as_deref(),
        Some("1"),
        "it is still there, untouched"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn its_queues_and_tables_are_shown_as_they_are_there_and_left_as_they_are() {
    let shared = Shared::start().await;
    shared.send("import-customers").await;
    let item = |id: usize| {
        let put = shared.cloud.clients.dynamodb.put_item().table_name("velox-throttles");
        put.item("id", AttributeValue::S(format!("address-{id:02}"))).send()
    };
    for id in 0..30 {
        item(id).await.unwrap();
    }
    let runner = start(&shared);
    let mut dashboard = runner.dashboard();
    let page = dashboard.get("/queues").await.text();
    assert!(
        page.contains("Remote: of dev&#39;s AWS account") || page.contains("Remote: of dev's AWS account"),
        "{page}"
    );
    let row = page.split("velox-import-customers<").nth(1).unwrap_or_else(|| panic!("no queue: {page}"));
    let row = row.split("</tr>").next().unwrap();
    assert!(row.contains(">1<"), "one message is ready: {row}");
    assert!(page.contains("velox-import-customers-dead-letters") && !page.contains("<form"), "{page}");
    let told = dashboard.get("/control/queues").await.text();
    let told: Value = serde_json::from_str(&told).unwrap();
    let ours = |queue: &&Value| queue["name"] == "velox-import-customers";
    assert_eq!(told["queues"].as_array().unwrap().iter().find(ours).unwrap()["ready"], 1, "{told}");
    let messages = dashboard.get("/control/queues/velox-import-customers").await;
    assert_eq!(messages.status, StatusCode::FORBIDDEN, "{}", messages.text());

    let tables = dashboard.get("/tables").await.text();
    for name in ["velox-sessions", "velox-tokens", "velox-throttles"] {
        assert!(tables.contains(&format!("href=\"/tables/{name}\"")), "no {name}: {tables}");
    }
    let first = dashboard.get("/tables/velox-throttles").await.text();
    let next = first.split("href=\"/tables/velox-throttles?after=").nth(1).expect("a second page");
    let next = format!("/tables/velox-throttles?after={}", next.split('"').next().unwrap());
    let second = dashboard.get(&next).await.text();
    let on = |page: &str, id: usize| page.contains(&format!("address-{id:02}"));
    assert!((0..30).all(|id| on(&first, id) != on(&second, id)), "each item is on one page: {first}{second}");
    assert!(!first.contains("<form") && first.contains("read-only"), "{first}");
    let other = dashboard.get("/tables/of-somebody-else").await;
    assert!(!other.status.is_success() && other.text().contains("has no table"), "{}", other.text());
    assert_eq!(shared.received("import-customers").await.as_deref(), Some("1"), "nobody has received it");
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_of_ones_own_are_polled_and_get_the_jobs() {
    let shared = Shared::start().await;
    let own = shared.cloud.clients.sqs.create_queue().queue_name("velox-anna-import-customers").send().await;
    let own = own.unwrap().queue_url.unwrap();
    let folder = Folder::new();
    let project = checkout(folder.path(), ".env.dev", &shared.settings());
    let prefix = shared.queue("anna-");
    let runner = Runner::start_in(folder, &["--env", "dev", "--project", &project, "--own-queues", &prefix]);
    let send = shared.cloud.clients.sqs.send_message().queue_url(own).message_body("{}");
    send.send().await.unwrap();
    shared.send("import-customers").await;
    // It fails, as nothing of it is a job, and comes again: to this machine alone.
    runner.wait_for_output("import-customers 0 of 1 messages → failed");
    assert_eq!(
        shared.received("import-customers").await.as_deref(),
        Some("1"),
        "the shared one is left alone"
    );
}

#[test]
fn an_environment_that_is_not_set_up_says_all_that_is_missing_and_production_is_none() {
    let folder = Folder::new();
    let project = checkout(folder.path(), ".env.staging", "FILES_BUCKET=velox-staging-files\n");
    let refused = |arguments: &[&str]| {
        let arguments = [&["--project", project.as_str()], arguments].concat();
        let (status, said) = folder.refused(&arguments);
        assert_eq!(status.code(), Some(1), "{said}");
        said
    };
    let said = refused(&["--env", "staging"]);
    for part in ["checkout/.env.staging", "DATABASE_URL", "SESSIONS_TABLE", "QUEUE_URL_PREFIX"] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    assert!(refused(&["--env", "dev"]).contains("neither .env.dev nor .env.dev.local"));
    assert!(refused(&["--env", "prod"]).contains("not worked on from a laptop"));
    assert!(refused(&["--own-queues", "http://q/mine-"]).contains("everything here is your own"));
}
