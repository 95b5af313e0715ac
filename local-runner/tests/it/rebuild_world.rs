//! A small workspace with a function for each of two heads, watched and rebuilt as the runner does it. The
//! functions speak the Runtime API with nothing but the standard library, so that they compile at once.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use adapter::{Adapter, Launcher, Manifest};
use catalog::{FUNCTIONS, Head};
use local_runner::{
    cargo::{Built, Cargo},
    clock::SystemClock,
    console::{Console, Format},
    dashboard::recorder::Recorder,
    links::Links,
    rebuild::{
        Rebuild,
        freshness::{Condition, Freshness, State},
        gate::Gate,
    },
    report::Report,
    watch::Watch,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::http::{Answer, Client};

const FUNCTION: &str = r#"
use std::{env, io::{Read, Write}, net::TcpStream};
const ANSWER: &str = "<answer>";
fn main() {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    loop {
        let next = call(&api, "GET", "next", "");
        let id = field(&next, "lambda-runtime-aws-request-id").unwrap();
        let answer = format!("{{\"statusCode\":200,\"body\":\"{ANSWER}\"}}");
        call(&api, "POST", &format!("{id}/response"), &answer);
    }
}
fn call(api: &str, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(api).unwrap();
    let length = body.len();
    write!(stream, "{method} /2018-06-01/runtime/invocation/{path} HTTP/1.1\r\nhost: {api}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let (mut answer, mut some) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut some).unwrap();
        answer.extend_from_slice(&some[..read]);
        let text = String::from_utf8_lossy(&answer);
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            field(head, "content-length").is_none_or(|length| length.parse() == Ok(body.len()))
        });
        if whole || read == 0 { return text.into_owned(); }
    }
}
fn field(head: &str, name: &str) -> Option<String> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}
"#;

/// A bound against hanging.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct World {
    project: TempDir,
    adapter: Arc<Adapter>,
    pub(crate) freshness: Arc<Freshness>,
    rebuild: JoinHandle<SystemTime>,
}

impl World {
    /// The functions answer `web one` and `api one`.
    pub(crate) async fn start() -> Self {
        let project = tempfile::tempdir().unwrap();
        let mut manifest =
            "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n".to_owned();
        fs::create_dir(project.path().join("domain")).unwrap();
        for head in Head::ALL {
            let name = head.name();
            fs::create_dir_all(project.path().join("functions").join(name)).unwrap();
            fs::write(source(project.path(), head), answering(&format!("{name} one"))).unwrap();
            manifest.push_str(&format!("[[bin]]\nname = \"{name}\"\npath = \"functions/{name}/main.rs\"\n"));
        }
        fs::write(project.path().join("Cargo.toml"), manifest + "[workspace]\n").unwrap();
        let executables = project.path().join("target/debug");
        let cargo = Cargo::new(project.path(), &executables, true);
        assert_eq!(cargo.build(&Head::ALL.map(Head::name)).await.unwrap(), Built::Yes);
        let mut links = Links::new(executables.clone(), project.path().join("bin"));
        links.refresh(&Head::ALL).unwrap();

        let functions = [Head::Web, Head::Api].map(|head| {
            let name = FUNCTIONS.iter().find(|function| function.head == head).unwrap().name;
            let path = format!("/{}", head.name());
            let route = json!({ "host": "*", "method": "ANY", "path": path });
            json!({ "name": name, "command": links.folder().join(name), "timeout_ms": 20_000, "routes": [route] })
        });
        let manifest = json!({ "listen": "127.0.0.1:0", "functions": functions });
        let manifest = Manifest::from_json(&manifest.to_string()).unwrap();
        let freshness = Arc::new(Freshness::default());
        let console = Console::start(Format::Plain);
        let recorder = Arc::new(Recorder::new(Arc::new(SystemClock)));
        let report = Arc::new(Report::new(console.clone(), recorder, Arc::default()));
        let intercept = Arc::new(Gate(Arc::clone(&freshness)));
        let options = adapter::Options {
            launcher: Launcher::Direct,
            intercept: Some(intercept),
            ..adapter::Options::default()
        };
        let adapter = Adapter::start_with(manifest, Arc::clone(&report) as _, options).await.unwrap();
        let adapter = Arc::new(adapter);
        let rebuild = Rebuild {
            cargo,
            links,
            adapter: Arc::clone(&adapter),
            report,
            console,
            program: executables.join("local-runner"),
            freshness: Arc::clone(&freshness),
            own: None,
            owns_database: true,
        };
        let rebuild = tokio::spawn(rebuild.run(Watch::start(project.path()).unwrap()));
        Self { project, adapter, freshness, rebuild }
    }

    /// Saves a source that answers this, and waits until the save was seen.
    pub(crate) async fn save(&self, head: Head, answer: &str) {
        self.save_source(head, &answering(answer)).await;
    }

    /// Saves a source that cannot be compiled, and waits until the save was seen.
    pub(crate) async fn break_source(&self, head: Head) {
        self.save_source(head, "fn main() {\n    let n: Vec<u8> = \"text\";\n}\n").await;
    }

    async fn save_source(&self, head: Head, text: &str) {
        let before = self.freshness.state(head).version;
        fs::write(source(self.project.path(), head), text).unwrap();
        self.until(head, |state| state.version > before).await;
    }

    /// Waits until the head is as wanted.
    pub(crate) async fn until(&self, head: Head, wanted: impl Fn(&State) -> bool) {
        let all = async {
            while !wanted(&self.freshness.state(head)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, all).await.expect("the state comes");
    }

    /// Where the functions answer.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.adapter.local_addr())
    }

    /// As a program asks, or with other headers.
    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let address: SocketAddr = self.adapter.local_addr();
        let client = Client::new(&format!("http://{address}"));
        let mut client = headers.iter().fold(client, |client, (name, value)| client.with_header(name, value));
        tokio::time::timeout(PATIENCE, client.get(path)).await.expect("an answer")
    }

    pub(crate) async fn stop(self) {
        self.rebuild.abort();
        self.adapter.shutdown(Duration::from_secs(1)).await;
    }
}

pub(crate) fn is_broken(state: &State) -> bool {
    matches!(state.condition, Condition::Broken(_))
}

fn source(project: &Path, head: Head) -> std::path::PathBuf {
    project.join("functions").join(head.name()).join("main.rs")
}

fn answering(answer: &str) -> String {
    FUNCTION.replace("<answer>", answer)
}
