//! AWS on this machine: one loopback address that the unmodified AWS SDK takes for SQS, DynamoDB, S3, Parameter Store,
//! EventBridge Scheduler and Lambda when `AWS_ENDPOINT_URL` names it.
//!
//! Everything that was acknowledged survives SIGKILL and a restart: queues and tables through a journal, objects as
//! files that are synced before they appear under their name. One process at a time owns a state directory.
//!
//! Requests are told apart as AWS's own front ends do it: `X-Amz-Target` names service and operation of the JSON
//! services, Lambda has its path, EventBridge Scheduler its name in the signature, and what is left is S3 in path
//! style.
//!
//! Signatures are not verified. A signature protects against others on the way and in other accounts; here both ends
//! are on one loopback interface and in one account, there is no secret that both could know without configuration,
//! and a developer's real credentials, should the environment hold some, must work and must not be kept. So any
//! credentials are accepted, and the server binds to loopback addresses only.

mod answer;
mod callers;
mod disturb;
mod dynamodb;
mod journal;
mod lambda;
mod s3;
mod scheduler;
mod server;
mod sqs;
mod ssm;
mod view;

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::JoinSet;

pub(crate) use self::disturb::OBSERVER;
pub use self::journal::OpenError;
pub use self::lambda::{InvokeFuture, InvokeOutcome, InvokeRefused, Invoker};
pub use self::scheduler::{JourneyView, ScheduleView, Schedules, TravelError, Travelling, UnknownSchedule};
pub(crate) use self::scheduler::{RetryPolicy, Target as ScheduleTarget, schedule_in_words};
pub use self::sqs::{Depth, Queues};
pub use self::view::{PeekedMessage, PeekedPlace, View};
use crate::chaos::Chaos;
use crate::clock::Clock;

/// The region of everything here.
pub const REGION: &str = "eu-central-1";

/// The account of everything here.
pub const ACCOUNT: &str = "000000000000";

/// What the services need to start.
#[derive(Clone)]
pub struct Config {
    /// Where to listen: a loopback address, port 0 for any free one.
    pub listen: SocketAddr,
    /// Where the state lives. Created if missing; one process at a time.
    pub state_dir: PathBuf,
    /// Who runs functions for Lambda's `Invoke`; without one there are no functions.
    pub invoker: Option<Arc<dyn Invoker>>,
    /// The time for delays, visibility timeouts, retention and expiry.
    pub clock: Arc<dyn Clock>,
    /// What goes wrong on purpose.
    pub chaos: Arc<Chaos>,
    /// Said to everything but Lambda's `Invoke`, when functions work on a cloud elsewhere and not on this one.
    pub elsewhere: Option<String>,
}

/// Why the services did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there.
    #[error("{0} is in use by another program")]
    AddressInUse(SocketAddr),
    /// The address can be reached from other machines, where nobody is asked for credentials.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process has the state directory.
    #[error("{0} is in use by another local runner")]
    StateInUse(PathBuf),
    /// The state directory cannot be used.
    #[error("cannot use the state directory {path}: {source}")]
    State {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The state that was there cannot be read.
    #[error(transparent)]
    Journal(#[from] OpenError),
}

/// The running services.
#[derive(Debug)]
pub struct Services {
    server: server::Server,
    backends: Arc<server::Backends>,
    /// Expiry and moving messages. Ends when it is dropped.
    background: JoinSet<()>,
    /// Held for as long as the services run.
    _lock: File,
}

impl Services {
    /// Reads the state, binds the address and serves.
    ///
    /// # Errors
    /// When address or state directory cannot be had; see [`StartError`].
    pub async fn start(config: Config) -> Result<Self, StartError> {
        if !config.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.listen));
        }
        let listener = server::bind(config.listen).await?;
        let (backends, lock) = tokio::task::spawn_blocking(move || open_state(&config))
            .await
            .map_err(|error| StartError::State { path: PathBuf::new(), source: io::Error::other(error) })??;
        let backends = Arc::new(backends);
        let server = server::Server::start(listener, Arc::clone(&backends));
        let mut background = JoinSet::new();
        background.spawn(dynamodb::expire_for_ever(Arc::clone(&backends)));
        background.spawn({
            let backends = Arc::clone(&backends);
            async move { backends.queues.move_messages().await }
        });
        background.spawn({
            let backends = Arc::clone(&backends);
            async move { backends.schedules.run(Arc::clone(&backends) as _).await }
        });
        Ok(Self { server, backends, background, _lock: lock })
    }

    /// The address that the services listen on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// What to set `AWS_ENDPOINT_URL` to.
    #[must_use]
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// The queues, without HTTP between.
    #[must_use]
    pub fn queues(&self) -> &Queues {
        &self.backends.queues
    }

    /// What the protocols do not tell.
    #[must_use]
    pub fn view(&self) -> View {
        View(Arc::clone(&self.backends))
    }

    /// The schedules, without HTTP between.
    #[must_use]
    pub fn schedules(&self) -> Schedules {
        Schedules { backends: Arc::clone(&self.backends) }
    }

    /// Stops listening, lets requests finish for up to a second, and writes what is pending.
    pub async fn shutdown(self) {
        // Not between a fire and its note: it would be repeated.
        let backends = Arc::clone(&self.backends);
        let _turn = backends.schedules.wait_for_turn().await;
        drop(self.background);
        self.backends.queues.stop_waiting();
        self.server.stop().await;
        let backends = self.backends;
        let closing = tokio::task::spawn_blocking(move || backends.close());
        if let Err(error) = closing.await {
            tracing::error!(%error, "the state could not be closed");
        }
    }
}

fn open_state(config: &Config) -> Result<(server::Backends, File), StartError> {
    let state_error = |source| StartError::State { path: config.state_dir.clone(), source };
    std::fs::create_dir_all(&config.state_dir).map_err(state_error)?;
    let lock = File::create(config.state_dir.join("lock")).map_err(state_error)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            return Err(StartError::StateInUse(config.state_dir.clone()));
        }
        Err(std::fs::TryLockError::Error(source)) => return Err(state_error(source)),
    }
    let backends = server::Backends {
        queues: Queues::open(&config.state_dir, Arc::clone(&config.clock), Arc::clone(&config.chaos))?,
        tables: dynamodb::Tables::open(&config.state_dir, Arc::clone(&config.clock))?,
        objects: s3::Objects::open(&config.state_dir.join("s3"), Arc::clone(&config.clock))
            .map_err(state_error)?,
        parameters: ssm::Parameters::open(&config.state_dir, Arc::clone(&config.clock))?,
        schedules: scheduler::Scheduler::open(
            &config.state_dir,
            Arc::clone(&config.clock),
            Some(crate::schedules::GROUP),
        )?,
        invoker: config.invoker.clone(),
        chaos: Arc::clone(&config.chaos),
        elsewhere: config.elsewhere.clone(),
    };
    Ok((backends, lock))
}
