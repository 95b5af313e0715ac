//! The same binaries under a Lambda emulator that somebody else wrote: `cargo lambda watch --only-lambda-apis`.
//!
//! Runs where `VELOX_CARGO_LAMBDA` names that program; `cargo velox test` installs it and sets the variable.

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use catalog::{environment as key, names};
use http::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::{
    http::Client,
    runner::{PROGRAM, Runner, project},
};

/// Killed when the test ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Emulator {
    port: u16,
    _process: Process,
}

impl Emulator {
    fn start(program: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.args(["lambda", "watch", "--only-lambda-apis", "-A", "127.0.0.1", "-P", &port.to_string()]);
        command.current_dir(project()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process(command.spawn().unwrap());
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "the emulator does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { port, _process: process }
    }

    /// Starts a function's own three-line binary.
    fn function(&self, name: &str, runner: &Runner) -> Process {
        let binary = Path::new(PROGRAM).parent().unwrap().join(name);
        let urls = &runner.running.urls;
        let mut command = Command::new(binary);
        command
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{}/.rt/{name}", self.port))
            .env("AWS_REGION", names::REGION)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_ENDPOINT_URL", &urls.aws)
            .env(key::DATABASE_URL, &runner.running.database.app)
            .env(key::SESSIONS_TABLE, names::SESSIONS_TABLE)
            .env(key::TOKENS_TABLE, names::TOKENS_TABLE)
            .env(key::THROTTLES_TABLE, names::THROTTLES_TABLE)
            .env(key::FILES_BUCKET, names::FILES_BUCKET)
            .env(key::QUEUE_URL_PREFIX, format!("{}/000000000000/{}-", urls.aws, names::PREFIX))
            .env(key::APP_URL, &urls.app)
            .env(key::API_URL, &urls.api)
            .env(key::ENVIRONMENT, "local");
        Process(command.spawn().unwrap())
    }

    /// Lambda's Invoke.
    async fn invoke(&self, name: &str, event: &Value) -> Value {
        let mut client = Client::new(&format!("http://127.0.0.1:{}", self.port));
        let path = format!("/2015-03-31/functions/{name}/invocations");
        client.send(Method::POST, &path, Some("application/json"), event.to_string().into()).await.json()
    }
}

fn program() -> Option<String> {
    let program = env::var("VELOX_CARGO_LAMBDA").ok();
    if program.is_none() {
        println!("not done: VELOX_CARGO_LAMBDA does not name the program cargo-lambda");
    }
    program
}

fn event(name: &str) -> Value {
    let path = project().join("events").join(name).join("event.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http_function_answers_under_a_foreign_emulator() {
    let Some(program) = program() else { return };
    let (runner, emulator) = (Runner::start(), Emulator::start(&program));
    let _function = emulator.function("api-list-customers", &runner);
    let mut event = event("api-list-customers");
    let refused = emulator.invoke("api-list-customers", &event).await;
    assert_eq!(refused["statusCode"], 401, "{refused}");

    let api_key = runner.running.demo.clone().unwrap().api_key.unwrap();
    event["headers"]["authorization"] = json!(format!("Bearer {api_key}"));
    let answer = emulator.invoke("api-list-customers", &event).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["total"], 5, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_function_works_under_a_foreign_emulator() {
    let Some(program) = program() else { return };
    let (runner, emulator) = (Runner::start(), Emulator::start(&program));
    let _function = emulator.function("import-customers", &runner);
    let import = Import::without_message(&runner, "customers-messy.csv").await;

    let mut event = event("import-customers");
    let message = json!({
        "job": "import-customers", "organization_id": import.organization, "import_id": import.id,
    });
    event["Records"][0]["body"] = json!(message.to_string());
    for _delivery in 0..2 {
        let answer = emulator.invoke("import-customers", &event).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
        assert_eq!(import.state().await, ("completed".to_owned(), 40, 32));
    }
    event["Records"][0]["body"] = json!("no job");
    let answer = emulator.invoke("import-customers", &event).await;
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1, "{answer}");
}

/// An import of the demo organization whose message went to nobody.
struct Import {
    id: String,
    organization: String,
    app_url: String,
}

impl Import {
    async fn without_message(runner: &Runner, fixture: &str) -> Self {
        let app_url = runner.running.database.app.clone();
        let mut connection = PgConnection::connect(&app_url).await.unwrap();
        let email = runner.running.demo.clone().unwrap().email;
        sqlx::query("SELECT set_config('velox.email', $1, false)")
            .bind(email)
            .execute(&mut connection)
            .await
            .unwrap();
        let user: uuid::Uuid =
            sqlx::query_scalar("SELECT id FROM users").fetch_one(&mut connection).await.unwrap();
        sqlx::query("SELECT set_config('velox.user_id', $1::text, false)")
            .bind(user.to_string())
            .execute(&mut connection)
            .await
            .unwrap();
        let organization: uuid::Uuid =
            sqlx::query_scalar("SELECT id FROM organizations").fetch_one(&mut connection).await.unwrap();
        let this =
            Self { id: uuid::Uuid::now_v7().to_string(), organization: organization.to_string(), app_url };
        let mut tenant = this.connect().await;
        sqlx::query(
            "INSERT INTO imports (id, organization_id, created_by, file_name, file_key, file_bytes, status,
                                  created_at, updated_at)
             VALUES ($1::uuid, $2::uuid, $3, 'messy.csv', 'messy.csv', 1, 'queued', now(), now())",
        )
        .bind(&this.id)
        .bind(&this.organization)
        .bind(user)
        .execute(&mut tenant)
        .await
        .unwrap();
        let file = fs::read(project().join("fixtures").join(fixture)).unwrap();
        let mut s3 = Client::new(&runner.running.urls.aws);
        let path = format!("/{}/messy.csv", names::FILES_BUCKET);
        let put = s3.send(Method::PUT, &path, Some("text/csv"), file.into()).await;
        assert!(put.status.is_success(), "{}", put.text());
        this
    }

    async fn connect(&self) -> PgConnection {
        let mut connection = PgConnection::connect(&self.app_url).await.unwrap();
        sqlx::query("SELECT set_config('velox.organization_id', $1, false)")
            .bind(&self.organization)
            .execute(&mut connection)
            .await
            .unwrap();
        connection
    }

    /// Status, rows that are done, customers created.
    async fn state(&self) -> (String, i32, i32) {
        sqlx::query_as("SELECT status, processed_rows, imported_rows FROM imports WHERE id = $1::uuid")
            .bind(&self.id)
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }
}
