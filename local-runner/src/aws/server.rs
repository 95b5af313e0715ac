//! The HTTP server: accepts connections, tells the services apart, and ends without cutting requests off.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::answer::{AwsError, Body, json, xml};
use super::callers::{self, Door};
use super::{StartError, disturb, dynamodb, lambda, s3, scheduler, sqs, ssm};
use crate::chaos::Chaos;

/// The largest JSON request of any service: DynamoDB's BatchWriteItem, 16 MB.
const MAX_JSON_BYTES: usize = 17 * 1024 * 1024;

/// How long requests may take to finish once the server stops.
const GRACE: Duration = Duration::from_secs(1);

/// What answers requests.
pub(super) struct Backends {
    pub(super) queues: sqs::Queues,
    pub(super) tables: dynamodb::Tables,
    pub(super) objects: s3::Objects,
    pub(super) parameters: ssm::Parameters,
    pub(super) schedules: scheduler::Scheduler,
    pub(super) invoker: Option<Arc<dyn lambda::Invoker>>,
    pub(super) chaos: Arc<Chaos>,
    pub(super) elsewhere: Option<String>,
}

impl std::fmt::Debug for Backends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backends").finish_non_exhaustive()
    }
}

impl Backends {
    /// Writes what is pending. Blocks.
    pub(super) fn close(&self) {
        self.queues.close();
        self.tables.close();
        self.parameters.close();
        self.schedules.close();
    }
}

/// The listening server.
#[derive(Debug)]
pub(super) struct Server {
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Listens on `address`.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen { address, source },
    })
}

impl Server {
    pub(super) fn start(listener: TcpListener, backends: Arc<Backends>) -> Self {
        // A bound socket has an address; should the system not tell it, nobody could be told either.
        let addr = listener.local_addr().unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 0)));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, backends, stopped));
        Self { addr, stop, task }
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops accepting and returns when all requests are answered, or after a second.
    pub(super) async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the AWS endpoint ended badly");
        }
    }
}

async fn accept(listener: TcpListener, backends: Arc<Backends>, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, Arc::clone(&backends), graceful.watcher()));
            }
            Err(error) => {
                // Out of file descriptors, most likely: leave time for some to be closed.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    // Past the grace period the set is dropped, which ends what is left.
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

async fn serve(stream: TcpStream, backends: Arc<Backends>, watcher: hyper_util::server::graceful::Watcher) {
    // Small answers must not wait for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let backends = Arc::clone(&backends);
        async move { Ok::<_, Infallible>(answer(request, &backends).await) }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection to the AWS endpoint ended early");
    }
}

async fn answer(request: Request<Incoming>, backends: &Backends) -> Response<Body> {
    if backends.chaos.is_on() {
        return disturb::answer(request, backends).await;
    }
    dispatch(request, backends).await.unwrap_or_else(AwsError::into_response)
}

/// Answers a request, undisturbed.
pub(super) async fn dispatch(
    request: Request<Incoming>,
    backends: &Backends,
) -> Result<Response<Body>, AwsError> {
    if let Some(sentence) = &backends.elsewhere
        && lambda::function_in(request.uri().path()).is_none()
    {
        return Err(AwsError::new(403, "AccessDeniedException", sentence));
    }
    let target =
        request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if let Some(target) = target {
        callers::check(&request, Door::Services)?;
        let host = host_of(&request);
        return answer_json(&target, &host, &read(request).await?, backends).await;
    }
    if let Some(name) = lambda::function_in(request.uri().path()) {
        callers::check(&request, Door::Services)?;
        return Ok(lambda::answer(&name, request, backends.invoker.as_ref()).await);
    }
    if scheduler::is_for_scheduler(request.headers()) {
        callers::check(&request, Door::Services)?;
        return Ok(backends.schedules.answer(request).await);
    }
    if is_query_protocol(&request) {
        callers::check(&request, Door::Services)?;
        return answer_query(request, backends).await;
    }
    callers::check(&request, Door::Objects)?;
    Ok(backends.objects.answer(request).await)
}

async fn answer_query(request: Request<Incoming>, backends: &Backends) -> Result<Response<Body>, AwsError> {
    let (host, path) = (host_of(&request), request.uri().path().to_owned());
    let body = read(request).await?;
    let answer = backends.queues.answer_form(&body, &path, &host).await.unwrap_or_else(sqs::not_served);
    Ok(xml(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), answer.xml))
}

/// Answers a request of a JSON service that was read.
pub(super) async fn answer_json(
    target: &str,
    host: &str,
    body: &Bytes,
    backends: &Backends,
) -> Result<Response<Body>, AwsError> {
    let text = match target.split_once('.') {
        Some(("AmazonSQS", action)) => backends.queues.handle(action, body, host).await?,
        Some(("AmazonSSM", action)) => backends.parameters.handle(action, body).await?,
        Some((service, operation)) if service.starts_with("DynamoDB_") => {
            backends.tables.handle(operation, body).await?
        }
        _ => return Err(AwsError::not_served(target)),
    };
    Ok(json(StatusCode::OK, Bytes::from(text)))
}

/// Reads a whole JSON request.
pub(super) async fn read(request: Request<Incoming>) -> Result<Bytes, AwsError> {
    match Limited::new(request.into_body(), MAX_JSON_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(AwsError::new(413, "RequestEntityTooLargeException", "The request is too large."))
        }
        Err(error) => Err(AwsError::new(400, "IncompleteBody", error.to_string())),
    }
}

/// The host that the client used, so that a queue's URL works for the one who asked for it.
pub(super) fn host_of(request: &Request<Incoming>) -> String {
    let header = request.headers().get(http::header::HOST).and_then(|value| value.to_str().ok());
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    header.or(authority).unwrap_or("127.0.0.1").to_owned()
}

/// SQS's older protocol, SNS, STS and others: a form posted to `/` or to a queue's URL.
pub(super) fn is_query_protocol(request: &Request<Incoming>) -> bool {
    request.method() == http::Method::POST
        && request
            .headers()
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}
