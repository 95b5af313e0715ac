//! A small load balancer, as far as a rolling restart meets one: it asks each target for its health, sends
//! requests in turn to those that are well over connections that it keeps open, and never sends one twice.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::{net::TcpListener, task::JoinSet};

const HEALTH_CHECK_EVERY: Duration = Duration::from_millis(100);
const UNHEALTHY_AFTER: u32 = 2;

struct Target {
    address: String,
    health: String,
    failures: u32,
    is_healthy: bool,
}

/// Ends when dropped.
pub(crate) struct Balancer {
    pub(crate) address: String,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

struct Shared {
    targets: Mutex<Vec<Target>>,
    turn: AtomicUsize,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Balancer {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut client = Client::builder(TokioExecutor::new());
        client.retry_canceled_requests(false);
        let (targets, turn) = (Mutex::default(), AtomicUsize::new(0));
        let shared = Arc::new(Shared { targets, turn, client: client.build_http() });
        let mut tasks = JoinSet::new();
        tasks.spawn(check_health(Arc::clone(&shared)));
        tasks.spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, _tasks: tasks }
    }

    pub(crate) fn add(&self, address: &str, health: &str) {
        let (address, health) = (address.to_owned(), health.to_owned());
        let target = Target { address, health, failures: UNHEALTHY_AFTER, is_healthy: false };
        self.shared.targets.lock().unwrap().push(target);
    }

    pub(crate) fn remove(&self, address: &str) {
        self.shared.targets.lock().unwrap().retain(|target| target.address != address);
    }

    pub(crate) fn is_healthy(&self, address: &str) -> bool {
        let targets = self.shared.targets.lock().unwrap();
        targets.iter().any(|target| target.address == address && target.is_healthy)
    }
}

async fn check_health(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(HEALTH_CHECK_EVERY).await;
        let all: Vec<String> = shared.targets.lock().unwrap().iter().map(|t| t.health.clone()).collect();
        for health in all {
            let uri: Uri = format!("http://{health}/readyz").parse().unwrap();
            let is_well = shared.client.get(uri).await.is_ok_and(|answer| answer.status() == 200);
            for target in shared.targets.lock().unwrap().iter_mut().filter(|t| t.health == health) {
                target.failures = if is_well { 0 } else { target.failures + 1 };
                target.is_healthy = target.failures < UNHEALTHY_AFTER;
            }
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| forward(Arc::clone(&shared), request));
        connections.spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn forward(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let Some(target) = shared.next_target() else { return Ok(refused("no target is healthy")) };
    parts.uri = format!("http://{target}{}", parts.uri.path_and_query().unwrap()).parse().unwrap();
    let answer = match shared.client.request(Request::from_parts(parts, Full::new(body))).await {
        Ok(answer) => answer,
        Err(error) => return Ok(refused(&format!("{target}: {error:?}"))),
    };
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove(header::CONNECTION);
    match body.collect().await {
        Ok(body) => Ok(Response::from_parts(parts, Full::new(body.to_bytes()))),
        Err(error) => Ok(refused(&format!("{target}: {error:?}"))),
    }
}

impl Shared {
    fn next_target(&self) -> Option<String> {
        let targets = self.targets.lock().unwrap();
        let healthy: Vec<_> = targets.iter().filter(|target| target.is_healthy).collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        healthy.get(turn % healthy.len().max(1)).map(|target| target.address.clone())
    }
}

fn refused(reason: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(reason.to_owned()));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
