//! The runner as a whole: everything started in its order, kept until told to stop, stopped in its order.

mod dashboard;
mod error;
mod start;

use std::{path::PathBuf, sync::Arc, time::Duration};

use adapter::Adapter;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, timeout},
};

use dashboard::Pages;
pub use error::RunError;

use crate::{
    aws::Services, chaos::Plan, console::Console, environment::cascade::Cascade, ports_plan::PortsPlan,
    postgres::Postgres, rebuild::Rebuild, report::Report, state::StateDir, watch::Watch,
};

/// What the command line decides.
#[derive(Debug, Clone)]
pub struct Options {
    /// The checkout.
    pub project: PathBuf,
    /// The runner's folder.
    pub state_dir: PathBuf,
    /// Cargo's folder of executables, with the bundles and this program.
    pub executables: PathBuf,
    /// Ports; 0 for any.
    pub ports: PortsPlan,
    /// The developer's settings.
    pub cascade: Cascade,
    /// A database that the developer runs.
    pub database_url: Option<String>,
    /// Build before the start.
    pub build: bool,
    /// Rebuild on change.
    pub watch: bool,
    /// What goes wrong on purpose once everything runs.
    pub chaos: Plan,
    /// Say how long each phase of the start took.
    pub timings: bool,
}

/// Why the runner ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// A newer build of it is to take over.
    Restart,
}

/// What runs.
struct Running {
    adapter: Arc<Adapter>,
    services: Services,
    postgres: Postgres,
    report: Arc<Report>,
    pages: Pages,
    rebuild: Option<(Rebuild, Watch)>,
    // Last: frees the folder when everything else has ended.
    _state: StateDir,
}

/// What requests and jobs in flight get when the runner stops.
const GRACE: Duration = Duration::from_millis(500);
/// When the adapter takes longer than that, it is dropped, which kills what it runs.
const ADAPTER_AT_MOST: Duration = Duration::from_millis(900);

/// Runs until a signal comes.
///
/// # Errors
/// [`RunError`] when something cannot start. Nothing is left behind then.
pub async fn run(options: Options, console: Console, since: Instant) -> Result<Ended, RunError> {
    let mut signals = Signals::listen()?;
    let running = tokio::select! {
        running = start::start(&options, &console, since) => running?,
        () = signals.next() => return Ok(Ended::Stopped),
    };
    let Running { adapter, services, mut postgres, report, pages, rebuild, _state } = running;
    let rebuilding = async {
        match rebuild {
            Some((rebuild, watch)) => rebuild.run(watch).await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        () = signals.next() => Ended::Stopped,
        () = rebuilding => Ended::Restart,
        () = postgres.keep_running(|text| console.complain(text)) => Ended::Stopped,
    };
    console.say(if ended == Ended::Restart { "the catalogue changed: starting anew" } else { "stopping" });
    report.close();
    // The dashboard holds the adapter; open pages hear no more.
    drop(pages);
    // Functions first: they use the other two.
    let _ = timeout(ADAPTER_AT_MOST, adapter.shutdown(GRACE)).await;
    drop(adapter);
    tokio::join!(services.shutdown(), postgres.stop());
    Ok(ended)
}

/// The signals that stop the runner. Once listened to, a second one does no harm.
struct Signals([Signal; 3]);

impl Signals {
    fn listen() -> Result<Self, RunError> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [a, b, c] = kinds.map(|kind| signal(kind).map_err(RunError::Signals));
        Ok(Self([a?, b?, c?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hang_up] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}
