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

use crate::{
    http::Client,
    runner::{PROGRAM, Runner, project},
    unsent_import::Import,
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
        let mut command = Command::new(binary);
        command
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{}/.rt/{name}", self.port))
            .env(key::DATABASE_URL, &runner.running.database.app)
            .envs(runner.function_environment(names::PREFIX));
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
    event["Records"][0]["body"] = json!(import.message().to_string());
    for _delivery in 0..2 {
        let answer = emulator.invoke("import-customers", &event).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
        assert_eq!(import.state().await, ("completed".to_owned(), 40, 32));
    }
    event["Records"][0]["body"] = json!("no job");
    let answer = emulator.invoke("import-customers", &event).await;
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1, "{answer}");
}
