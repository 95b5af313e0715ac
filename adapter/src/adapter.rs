//! The adapter as a whole: started, changed, stopped.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::{
    function::{Failure, Function, Hosting, Invocation},
    health,
    host::Host,
    intercept::Intercept,
    launcher::Launcher,
    manifest::{Manifest, ManifestError},
    memory::{Memory, MemoryControl},
    metrics::Metrics,
    observer::{InvocationRecord, InvocationSource, Observer},
    queue::Mappings,
    server,
};

/// How long giving messages back to their queues may take after the last process has ended.
const TO_SETTLE: Duration = Duration::from_secs(2);

/// A running adapter. Dropping it kills what it runs; [`Adapter::shutdown`] ends it in order.
pub struct Adapter {
    host: Arc<Host>,
    address: SocketAddr,
    health_address: Option<SocketAddr>,
    listen: SocketAddr,
    mappings: Mappings,
    server: Mutex<Option<Server>>,
    health: Option<JoinHandle<()>>,
    /// How long requests are still taken once a shutdown was asked for, in milliseconds.
    shutdown_delay: AtomicU64,
}

struct Server {
    stop: oneshot::Sender<Duration>,
    task: JoinHandle<()>,
}

/// What the hosting program decides and the manifest does not.
#[derive(Clone, Default)]
pub struct Options {
    /// How function processes are started.
    pub launcher: Launcher,
    /// How they are held to their memory limits.
    pub memory: MemoryControl,
    /// Asked about every request and invocation before its function is; none lets all pass.
    pub intercept: Option<Arc<dyn Intercept>>,
    /// A socket that listens already, at the manifest's `listen`: who connects before the start or after the end
    /// waits in its backlog for as long as the hosting program keeps it.
    pub listener: Option<Arc<std::net::TcpListener>>,
}

/// Why an adapter cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The address is in use or not ours.
    #[error("cannot listen on {address}: {source}")]
    Address {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// Why a manifest cannot be taken over while running. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// That needs a restart.
    #[error("listen: the address cannot change from {0} while running")]
    Listen(SocketAddr),
}

/// What a direct invocation returned, as Lambda's `Invoke` does.
#[derive(Clone, Debug)]
pub struct InvocationResult {
    /// The invocation's id.
    pub request_id: String,
    /// The function's answer, or an error object.
    pub payload: Bytes,
    /// `Unhandled` if the payload is an error object.
    pub function_error: Option<String>,
}

/// Why a function was not invoked at all.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// No function of the manifest has this name.
    #[error("there is no function `{0}`")]
    UnknownFunction(String),
    /// It cannot start, or too many are waiting.
    #[error("{0}")]
    Unavailable(String),
}

impl Adapter {
    /// Starts with [`Options::default`]. See [`Adapter::start_with`].
    ///
    /// # Errors
    /// [`StartError`] if the manifest is wrong or an address cannot be listened on.
    pub async fn start(manifest: Manifest, observer: Arc<dyn Observer>) -> Result<Self, StartError> {
        Self::start_with(manifest, observer, Options::default()).await
    }

    /// Listens, starts the minimum of processes and begins to poll queues. Must run within a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] if the manifest is wrong or an address cannot be listened on.
    pub async fn start_with(
        manifest: Manifest,
        observer: Arc<dyn Observer>,
        options: Options,
    ) -> Result<Self, StartError> {
        manifest.check()?;
        let listener = match &options.listener {
            Some(open) => {
                shared(open).map_err(|source| StartError::Address { address: manifest.listen, source })?
            }
            None => listen(manifest.listen).await?,
        };
        let address = listener.local_addr().unwrap_or(manifest.listen);
        let health_listener = match manifest.health_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let health_address = health_listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let metrics = Arc::new(Metrics::beside(Arc::clone(&observer)));
        let hosting = Arc::new(Hosting {
            observer: Arc::clone(&metrics) as _,
            metrics,
            memory: Memory::new(options.memory),
            launcher: options.launcher,
            region: region(&manifest),
            account_id: manifest.aws.account_id.clone(),
            max_answer_bytes: largest_answer(manifest.max_body_bytes),
            intercept: options.intercept,
        });
        let host = Arc::new(Host::new(hosting, &manifest));
        let (stop, stopped) = oneshot::channel();
        let stopping = async move { stopped.await.unwrap_or_default() };
        let task = tokio::spawn(server::serve(listener, Arc::clone(&host), stopping));
        let health = health_listener.map(|listener| tokio::spawn(health::serve(listener, Arc::clone(&host))));
        let mappings = Mappings::new(Arc::clone(&host));
        mappings.apply(&manifest).await;
        host.set_ready(true);
        observer.listening(address);
        let server = Mutex::new(Some(Server { stop, task }));
        let shutdown_delay = AtomicU64::new(manifest.shutdown_delay_ms);
        let listen = manifest.listen;
        Ok(Self { host, address, health_address, listen, mappings, server, health, shutdown_delay })
    }

    /// Where HTTP is served, with the port that was taken for port 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where `/healthz`, `/readyz` and `/metrics` are served.
    pub fn health_addr(&self) -> Option<SocketAddr> {
        self.health_address
    }

    /// Invokes a function with an event, as Lambda's `Invoke` with `RequestResponse` does.
    ///
    /// # Errors
    /// [`InvokeError`] if the function never saw the event. That it failed is no error but a result.
    pub async fn invoke(&self, function: &str, payload: Bytes) -> Result<InvocationResult, InvokeError> {
        self.invoke_from(function, payload, None).await
    }

    /// As [`Adapter::invoke`], by a caller who says something about itself: `client_context` is JSON, decoded from
    /// `X-Amz-Client-Context` ("Invoke" in the Lambda API Reference).
    ///
    /// # Errors
    /// As [`Adapter::invoke`].
    pub async fn invoke_from(
        &self,
        function: &str,
        payload: Bytes,
        client_context: Option<String>,
    ) -> Result<InvocationResult, InvokeError> {
        let target = self.host.function(function);
        let target = target.ok_or_else(|| InvokeError::UnknownFunction(function.to_owned()))?;
        let started = Instant::now();
        let invocation = Invocation { client_context, ..Invocation::new(payload, server::new_trace()) };
        let request_id = invocation.id.to_string();
        let ended = match target.invoke(invocation).await {
            Ok(answer) => answer.whole(self.host.hosting.max_answer_bytes).await,
            Err(failure) => Err(failure),
        };
        self.host.hosting.observer.invocation(&InvocationRecord {
            function: function.to_owned(),
            source: InvocationSource::Direct,
            request_id: request_id.clone(),
            batch_size: 1,
            failures: usize::from(ended.is_err()),
            duration: started.elapsed(),
            error: ended.as_ref().err().map(ToString::to_string),
        });
        match ended {
            Ok(payload) => Ok(InvocationResult { request_id, payload, function_error: None }),
            Err(failure) if failure.never_started() => Err(InvokeError::Unavailable(failure.to_string())),
            Err(failure) => {
                let payload = error_object(&request_id, &failure);
                Ok(InvocationResult { request_id, payload, function_error: Some("Unhandled".to_owned()) })
            }
        }
    }

    /// The executables of these functions were rebuilt: new invocations go to new processes, the old ones
    /// finish what they have. Unknown names are ignored. Must run within a tokio runtime.
    pub fn replace(&self, functions: &[impl AsRef<str>]) {
        for function in functions.iter().filter_map(|name| self.host.function(name.as_ref())) {
            function.replace(None);
        }
    }

    /// Takes over another manifest without dropping a request. What changed gets new processes.
    ///
    /// # Errors
    /// [`ReloadError`]; then everything stays as it was.
    pub async fn reload(&self, manifest: Manifest) -> Result<(), ReloadError> {
        manifest.check()?;
        if manifest.listen != self.listen {
            return Err(ReloadError::Listen(self.listen));
        }
        self.shutdown_delay.store(manifest.shutdown_delay_ms, Ordering::Relaxed);
        let gone = self.host.exchange(&manifest);
        self.mappings.apply(&manifest).await;
        for function in gone {
            let longest = Duration::from_millis(manifest.shutdown_grace_ms);
            tokio::spawn(async move { end(&function, longest).await });
        }
        Ok(())
    }

    /// Stops taking messages at once and requests after the manifest's `shutdown_delay_ms`, lets what is in
    /// flight finish for at most `grace` from then on, and ends all processes. Returns when the last one has
    /// ended.
    ///
    /// From its beginning `/readyz` says no, and answers on kept-alive connections say that it is the last one.
    pub async fn shutdown(&self, grace: Duration) {
        let delay = Duration::from_millis(self.shutdown_delay.load(Ordering::Relaxed));
        let deadline = Instant::now() + delay + grace;
        self.host.set_ready(false);
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        let http = async {
            tokio::time::sleep(delay).await;
            if let Some(Server { stop, task }) = server {
                let _ = stop.send(grace);
                let _ = task.await;
            }
        };
        tokio::join!(http, self.mappings.stop(delay + grace));
        let left = deadline.saturating_duration_since(Instant::now());
        let table = self.host.table();
        futures::future::join_all(table.functions.values().map(|function| end(function, left))).await;
        self.mappings.settle(TO_SETTLE).await;
        if let Some(health) = &self.health {
            health.abort();
        }
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        if let Some(server) = self.server.lock().unwrap_or_else(PoisonError::into_inner).take() {
            server.task.abort();
        }
        if let Some(health) = &self.health {
            health.abort();
        }
        for function in self.host.table().functions.values() {
            function.close();
            function.kill();
        }
    }
}

async fn end(function: &Arc<Function>, longest: Duration) {
    function.close();
    if timeout(longest, function.ended()).await.is_err() {
        function.kill();
        function.ended().await;
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Address { address, source })
}

/// The same socket: closing this one leaves the other open.
fn shared(open: &std::net::TcpListener) -> io::Result<TcpListener> {
    let listener = open.try_clone()?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

fn region(manifest: &Manifest) -> String {
    let from_environment =
        || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    manifest.aws.region.clone().or_else(from_environment).unwrap_or_else(|| "us-east-1".to_owned())
}

/// Lambda's limit of 6 MiB, or a body of the size that requests may have, in base64.
fn largest_answer(max_body_bytes: usize) -> usize {
    const LAMBDA: usize = 6 * 1024 * 1024 + 100 * 1024;
    LAMBDA.max(max_body_bytes / 3 * 4 + 100 * 1024)
}

/// As Lambda words it.
fn error_object(request_id: &str, failure: &Failure) -> Bytes {
    let (kind, message) = match failure {
        Failure::Reported { payload, .. } => return payload.clone(),
        Failure::TimedOut { after } => (
            "Sandbox.Timedout",
            format!("{request_id} Task timed out after {:.2} seconds", after.as_secs_f64()),
        ),
        Failure::Crashed { status, .. } => (
            "Runtime.ExitError",
            format!("RequestId: {request_id} Error: Runtime exited with error: {status}"),
        ),
        Failure::AnswerTooLarge { .. } => ("Function.ResponseSizeTooLarge", failure.to_string()),
        other => ("Runtime.Unknown", other.to_string()),
    };
    Bytes::from(serde_json::json!({ "errorType": kind, "errorMessage": message }).to_string())
}
