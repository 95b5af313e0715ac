//! A changed catalogue starts the runner anew, and nobody who asks meanwhile notices.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use catalog::Head;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

use crate::runner::{Folder, PROGRAM, Runner};

/// A bound against hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// A checkout and its executables as far as the runner looks at them. What stands for cargo makes the runner anew
/// and nothing else.
fn world(folder: &Folder) -> (PathBuf, Command) {
    let project = folder.path().join("checkout");
    let executables = project.join("target/debug");
    for path in ["domain", "functions/catalog/src", "target/debug"] {
        fs::create_dir_all(project.join(path)).unwrap();
    }
    fs::write(project.join("functions/catalog/Cargo.toml"), "").unwrap();
    let built = Path::new(PROGRAM).parent().unwrap();
    for head in Head::ALL.map(Head::name) {
        let (from, to) = (built.join(head), executables.join(head));
        fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)).unwrap();
    }
    let program = executables.join("local-runner");
    fs::copy(PROGRAM, &program).unwrap();
    let cargo = folder.path().join("cargo");
    let script = format!("#!/bin/sh\nsleep 0.3\ntouch -c '{}'\n", program.display());
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = folder.bare_command(&program);
    command.arg("--project").arg(&project).env("CARGO", cargo);
    (project, command)
}

/// Asks for a page in a loop, over new connections or over kept ones, until it is told to stop.
struct Visitors {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    lost: Arc<Mutex<Vec<String>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Visitors {
    fn start(port: u16) -> Self {
        let (stop, answered, lost): (Arc<AtomicBool>, Arc<AtomicUsize>, Arc<Mutex<Vec<String>>>) =
            Default::default();
        let tasks = (0..4).map(|number| {
            let (stop, answered, lost) = (Arc::clone(&stop), Arc::clone(&answered), Arc::clone(&lost));
            tokio::spawn(async move {
                let client = || Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
                let mut kept = client();
                while !stop.load(Ordering::Relaxed) {
                    if number % 2 == 0 {
                        kept = client();
                    }
                    match visit(&kept, port).await {
                        Ok(()) => drop(answered.fetch_add(1, Ordering::Relaxed)),
                        Err(error) => lost.lock().unwrap().push(error),
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        });
        let tasks = tasks.collect();
        Self { stop, answered, lost, tasks }
    }

    async fn end(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        let lost = self.lost.lock().unwrap().clone();
        (self.answered.load(Ordering::Relaxed), lost)
    }
}

type Http = Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>;

async fn visit(client: &Http, port: u16) -> Result<(), String> {
    let request = Request::get(format!("http://127.0.0.1:{port}/login"));
    let request = request.header("host", format!("app.localhost:{port}")).body(Full::default()).unwrap();
    let answer = tokio::time::timeout(PATIENCE, client.request(request)).await;
    let answer = answer.map_err(|_| "no answer".to_owned())?.map_err(|error| format!("{error:?}"))?;
    let status = answer.status();
    let page = answer.into_body().collect().await.map_err(|error| format!("{error:?}"))?.to_bytes();
    let is_whole = String::from_utf8_lossy(&page).contains("</html>");
    if status == StatusCode::OK && is_whole { Ok(()) } else { Err(format!("{status}")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_refused_while_a_changed_catalogue_starts_the_runner_anew() {
    let folder = Folder::new();
    let (project, command) = world(&folder);
    let runner = Runner::start_as(folder, command);
    let before = runner.running.clone();
    let visitors = Visitors::start(before.ports.http);
    for restart in 1..=2 {
        fs::write(project.join("functions/catalog/src/functions.rs"), format!("// {restart}")).unwrap();
        // While it is being built: invoked by the old runner or not at all, and not cut off by its end.
        tokio::time::sleep(Duration::from_millis(150)).await;
        let mut lambda = crate::http::Client::new(&before.urls.aws);
        let path = "/2015-03-31/functions/expire-imports/invocations";
        let event = serde_json::json!({ "time": "2026-01-01T00:00:00Z", "detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": {} });
        let answer = lambda.post_plain_json(path, &event).await;
        assert!(
            answer.status == StatusCode::OK && answer.header("x-amz-function-error").is_none(),
            "{}",
            answer.text()
        );
        let ready = || runner.output().matches("ready in").count();
        let again = async {
            while ready() <= restart {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, again).await.is_ok(), "no restart:\n{}", runner.output());
    }
    let (answered, lost) = visitors.end().await;
    assert_eq!(lost, Vec::<String>::new(), "{answered} were answered");
    assert!(answered > 0);
    assert_eq!(runner.output().matches("the catalogue changed: starting anew").count(), 2);
    let after = local_runner::state::running(&runner.state_dir()).unwrap();
    assert_eq!((after.pid, after.urls.app, after.ports.aws), (before.pid, before.urls.app, before.ports.aws));
}
