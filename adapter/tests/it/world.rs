//! An adapter for one test, a client for it, and what its observer was told.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use adapter::{
    Adapter, Intercept, Launcher, Manifest, Options,
    observer::{HttpRecord, InvocationRecord, Observer, OutputStream, ProcessEvent},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

/// Longer than anything here takes, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) adapter: Adapter,
    pub(crate) seen: Arc<Seen>,
    pub(crate) client: Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>,
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) requests: Mutex<Vec<HttpRecord<'static>>>,
    pub(crate) invocations: Mutex<Vec<InvocationRecord>>,
    pub(crate) processes: Mutex<Vec<String>>,
    pub(crate) output: Mutex<Vec<String>>,
    pub(crate) trouble: Mutex<Vec<String>>,
}

impl Observer for Seen {
    fn http_request(&self, record: &HttpRecord<'_>) {
        self.requests.lock().unwrap().push(record.clone().into_owned());
    }
    fn invocation(&self, record: &InvocationRecord) {
        self.invocations.lock().unwrap().push(record.clone());
    }
    fn process(&self, event: &ProcessEvent<'_>) {
        self.processes.lock().unwrap().push(format!("{} {:?}", event.function, event.change));
    }
    fn output(&self, function: &str, _stream: OutputStream, line: &str) {
        self.output.lock().unwrap().push(format!("{function}: {line}"));
    }
    fn queue_trouble(&self, _function: &str, _queue_url: &str, reason: &str) {
        self.trouble.lock().unwrap().push(reason.to_owned());
    }
}

/// The function that does what its path says.
pub(crate) fn testbed() -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    deps.parent().unwrap().parent().unwrap().join("examples/testbed")
}

/// Another of the examples.
pub(crate) fn example(name: &str) -> PathBuf {
    testbed().with_file_name(name)
}

/// A function that answers everything, changed by `with`.
#[allow(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(crate) fn function(name: &str, with: Value) -> Value {
    let mut function = json!({
        "name": name,
        "command": testbed(),
        "timeout_ms": 20_000,
        "routes": [{ "host": "*", "method": "ANY", "path": "/{proxy+}" }],
    });
    function.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    function
}

pub(crate) fn manifest(functions: &[Value]) -> Value {
    json!({ "listen": "127.0.0.1:0", "functions": functions })
}

impl World {
    pub(crate) async fn new(functions: &[Value]) -> Self {
        Self::of(manifest(functions)).await
    }

    pub(crate) async fn of(manifest: Value) -> Self {
        Self::intercepted(manifest, None).await
    }

    pub(crate) async fn intercepted(manifest: Value, intercept: Option<Arc<dyn Intercept>>) -> Self {
        let seen = Arc::new(Seen::default());
        let manifest = Manifest::from_json(&manifest.to_string()).unwrap();
        let observer = Arc::clone(&seen) as Arc<dyn Observer>;
        let options = Options { launcher: Launcher::Direct, intercept, ..Options::default() };
        let adapter = Adapter::start_with(manifest, observer, options).await.unwrap();
        Self { adapter, seen, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    pub(crate) fn uri(&self, target: &str) -> String {
        format!("http://{}{target}", self.adapter.local_addr())
    }

    pub(crate) async fn get(&self, target: &str) -> Response<Bytes> {
        self.send(Request::get(self.uri(target)).body(Bytes::new()).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let sent = self.client.request(request.map(Full::new));
        let response = tokio::time::timeout(PATIENCE, sent).await.expect("an answer").expect("an answer");
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, body.collect().await.expect("a whole body").to_bytes())
    }

    pub(crate) async fn status(&self, target: &str) -> StatusCode {
        self.get(target).await.status()
    }

    /// What the handler saw.
    pub(crate) async fn echo(&self, request: Request<Bytes>) -> Value {
        let response = self.send(request).await;
        assert_eq!(response.status(), 200, "{:?}", response.body());
        serde_json::from_slice(response.body()).unwrap()
    }

    pub(crate) async fn text(&self, target: &str) -> String {
        let response = self.get(target).await;
        assert_eq!(response.status(), 200, "{:?}", response.body());
        String::from_utf8(response.body().to_vec()).unwrap()
    }

    /// The reason that only the log knows, for the last request that failed.
    pub(crate) fn last_reason(&self) -> String {
        let requests = self.seen.requests.lock().unwrap();
        requests.iter().rev().find_map(|record| record.error.clone()).unwrap_or_default()
    }

    /// The page of metrics; needs `health_listen`.
    pub(crate) async fn metrics(&self) -> String {
        let uri = format!("http://{}/metrics", self.adapter.health_addr().unwrap());
        let response = self.send(Request::get(uri).body(Bytes::new()).unwrap()).await;
        assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        String::from_utf8(response.body().to_vec()).unwrap()
    }

    pub(crate) async fn end(self) {
        self.adapter.shutdown(Duration::from_secs(5)).await;
    }
}

/// Waits until something holds.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let all = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Whether a process with this id runs (a zombie does not).
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}
