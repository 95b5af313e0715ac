//! The runner as a whole: everything started in its order, kept until told to stop, stopped in its order.

mod dashboard;
mod error;
mod front;
mod preview;
mod start;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use adapter::Adapter;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, timeout},
};

use dashboard::Pages;
pub use error::RunError;
pub use preview::preview;

use crate::{
    aws::Services,
    chaos::Plan,
    console::Console,
    environment::{cascade::Cascade, remote::Remote},
    handover::Door,
    invocations::LateInvoker,
    ports_plan::PortsPlan,
    postgres::Postgres,
    rebuild::Rebuild,
    report::Report,
    state::StateDir,
    watch::Watch,
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
    /// The shared environment that functions work on, in place of a cloud of their own.
    pub remote: Option<Remote>,
    /// A database that the developer runs.
    pub database_url: Option<String>,
    /// Build before the start.
    pub build: bool,
    /// Rebuild on change.
    pub watch: bool,
    /// Changes since then are not in what was built before the start.
    pub changed_since: Option<SystemTime>,
    /// What goes wrong on purpose once everything runs.
    pub chaos: Plan,
    /// Say how long each phase of the start took.
    pub timings: bool,
}

/// Why the runner ended.
#[derive(Debug)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// A newer build of it is to take over, with the same ports and without closing the door. Changes since then are
    /// not in it.
    Restart(Door, PortsPlan, SystemTime),
}

/// What runs.
struct Running {
    adapter: Arc<Adapter>,
    invoker: Arc<LateInvoker>,
    services: Services,
    postgres: Postgres,
    report: Arc<Report>,
    pages: Pages,
    rebuild: Option<(Rebuild, Watch)>,
    door: Door,
    ports: PortsPlan,
    // Last: frees the folder when everything else has ended.
    state: StateDir,
}

/// What requests and jobs in flight get when the runner stops.
const GRACE: Duration = Duration::from_millis(500);
/// The same when it starts anew: nobody asked for that by hand and waits for it.
const RESTART_GRACE: Duration = Duration::from_secs(2);
/// Before that, answers on kept connections say that they are the last ones, so that no request is on its way on a
/// connection that is being closed.
const RESTART_DELAY: Duration = Duration::from_millis(300);
/// When the adapter takes so much longer than it should, it is dropped, which kills what it runs.
const ADAPTER_AT_MOST: Duration = Duration::from_millis(400);

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
    let Running { adapter, invoker, services, mut postgres, report, pages, rebuild, door, ports, mut state } =
        running;
    let rebuilding = async {
        match rebuild {
            Some((rebuild, watch)) => rebuild.run(watch).await,
            None => std::future::pending().await,
        }
    };
    let restart = tokio::select! {
        () = signals.next() => None,
        since = rebuilding => Some(since),
        () = postgres.keep_running(|text| console.complain(text)) => None,
    };
    console.say(if restart.is_some() { "the catalogue changed: starting anew" } else { "stopping" });
    report.close();
    // The dashboard holds the adapter; open pages hear no more.
    drop(pages);
    // Functions first: they use the other two.
    let grace = if restart.is_some() { RESTART_GRACE } else { GRACE };
    let ending = async {
        if restart.is_some() {
            let _ = timeout(RESTART_GRACE, invoker.idle()).await;
        }
        let delay = if restart.is_some() { RESTART_DELAY } else { Duration::ZERO };
        timeout(delay + grace + ADAPTER_AT_MOST, adapter.shutdown(grace)).await
    };
    let mut is_told = false;
    tokio::select! {
        _ = ending => {}
        () = signals.next(), if restart.is_some() => is_told = true,
    }
    drop(adapter);
    tokio::join!(services.shutdown(), postgres.stop());
    match restart.filter(|_| !is_told) {
        None => Ok(Ended::Stopped),
        Some(since) => {
            state.hand_over();
            Ok(Ended::Restart(door, ports, since))
        }
    }
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
