//! The server's process: started as our child, told to end when we end, stopped in time.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use adapter::launcher;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::{PostgresError, Settings, account::Account, cluster, cluster::Cluster};
use catalog::names::DATABASE_MAX_CONNECTIONS;

/// Recovery after a power cut may have some work before it.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a fast shutdown may take before the server is told to drop everything (its log makes that safe).
const FAST_SHUTDOWN: Duration = Duration::from_millis(1200);

/// A server that accepts connections.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
}

impl Server {
    /// Starts it on the cluster and waits until it accepts connections.
    pub(super) async fn start(cluster: &Cluster, settings: &Settings) -> Result<Self, PostgresError> {
        stop_stale(&settings.state_dir).await;
        let log = settings.state_dir.join("postgres.log");
        let file = File::create(&log).map_err(PostgresError::io(format!("creating {}", log.display())))?;
        let mut command = command(cluster, settings);
        // Ends in order when dropped, see below.
        command.kill_on_drop(false);
        let errors = file.try_clone().map_err(PostgresError::io("opening the server's log"))?;
        command.stdout(file).stderr(errors).current_dir("/").env("TZ", "UTC");
        let child = launcher::spawn(command).await.map_err(PostgresError::io("starting postgres"))?;
        let mut server = Self { child };
        let started = Instant::now();
        while !is_ready(&cluster.data, server.pid()) {
            let ended = server.child.try_wait().ok().flatten().is_some();
            if ended || started.elapsed() > READY_WITHIN {
                return Err(PostgresError::NotReady { tail: tail(&log), log });
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(server)
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end and says how it came about.
    pub(super) async fn ended(&mut self) -> String {
        self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Fast, and after [`FAST_SHUTDOWN`] immediate.
    pub(super) async fn stop(mut self) {
        for signal in [Signal::INT, Signal::QUIT, Signal::KILL] {
            let Some(pid) = self.child.id().and_then(pid) else { return };
            let _ = kill_process(pid, signal);
            if tokio::time::timeout(FAST_SHUTDOWN, self.child.wait()).await.is_ok() {
                return;
            }
        }
    }
}

impl Drop for Server {
    /// For a start that is broken off: asked to end, not killed.
    fn drop(&mut self) {
        if let Some(pid) = self.child.id().and_then(pid) {
            let _ = kill_process(pid, Signal::INT);
        }
    }
}

fn command(cluster: &Cluster, settings: &Settings) -> Command {
    let mut arguments = vec!["-D".to_owned(), cluster.data.display().to_string()];
    let mut set = |key: &str, value: &str| arguments.extend(["-c".to_owned(), format!("{key}={value}")]);
    set("listen_addresses", "127.0.0.1");
    set("port", &settings.port.to_string());
    // No socket file: its path has a length limit, and its folder other rights than ours.
    set("unix_socket_directories", "");
    set("max_connections", &DATABASE_MAX_CONNECTIONS.to_string());
    set("password_encryption", "scram-sha-256");
    set("timezone", "UTC");
    set("log_timezone", "UTC");
    set("log_line_prefix", "%m [%p] %q%u@%d ");
    if knows_syncfs(&cluster.data) {
        // After a kill the server syncs all its files before it recovers: one by one they take seconds.
        set("recovery_init_sync_method", "syncfs");
    }
    if !settings.durable {
        for key in ["fsync", "synchronous_commit", "full_page_writes"] {
            set(key, "off");
        }
    }
    let mut command = cluster.command("postgres");
    command.args(arguments);
    command
}

/// Since version 14, on Linux (PostgreSQL: "Error Handling").
fn knows_syncfs(data: &Path) -> bool {
    let version = fs::read_to_string(data.join("PG_VERSION")).unwrap_or_default();
    cfg!(target_os = "linux") && version.trim().parse().is_ok_and(|major: u32| major >= 14)
}

/// Stops the server that a killed runner may have left on this runner's cluster; touches no other.
pub async fn stop_stale(state_dir: &Path) {
    let data = cluster::folder(state_dir, Account::choose()).join("data");
    for (signal, patience) in [(Signal::INT, 10), (Signal::QUIT, 5), (Signal::KILL, 1)] {
        let Some(pid) = running_on(&data) else { return };
        let _ = kill_process(pid, signal);
        let deadline = Instant::now() + Duration::from_secs(patience);
        while Instant::now() < deadline && running_on(&data).is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The process that `postmaster.pid` names, if it is a server on this data directory: ids are reused.
fn running_on(data: &Path) -> Option<Pid> {
    let number = PidFile::read(data)?.pid;
    let command = crate::processes::command_line(number)?;
    command.contains(data.to_str()?).then(|| pid(number)).flatten()
}

fn is_ready(data: &Path, child: Option<u32>) -> bool {
    PidFile::read(data).is_some_and(|file| Some(file.pid) == child && file.ready)
}

/// What `postmaster.pid` says (PostgreSQL: "Database File Layout").
struct PidFile {
    pid: u32,
    ready: bool,
}

impl PidFile {
    fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines().map(str::trim);
        let pid = lines.next()?.parse().ok()?;
        Some(Self { pid, ready: lines.nth(6) == Some("ready") })
    }
}

fn pid(number: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(number).ok()?)
}

fn tail(log: &PathBuf) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
