//! The compiled local runner as a developer starts it: own ports, own folder, stopped when the test ends.
//!
//! It runs the bundles that stand in cargo's folder: `cargo build --workspace` (or `cargo velox test`) makes
//! them.

use std::{
    fs::{self, File, Permissions},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use catalog::{environment as key, names};
use local_runner::state::Running;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::http::Client;

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_local-runner");

/// A bound against hanging, not a measure: the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

/// A runner that is ready.
pub(crate) struct Runner {
    child: Child,
    folder: Folder,
    /// What it says about itself.
    pub(crate) running: Running,
}

impl Runner {
    /// Starts one in a new folder.
    pub(crate) fn start() -> Self {
        Self::start_in(Folder::new(), &[])
    }

    /// Starts one in a folder that an earlier one may have used, with further arguments.
    pub(crate) fn start_in(folder: Folder, arguments: &[&str]) -> Self {
        let mut command = folder.command();
        command.args(arguments);
        Self::start_as(folder, command)
    }

    /// Starts one with a command line made for the folder.
    pub(crate) fn start_as(folder: Folder, mut command: Command) -> Self {
        let before = folder.output().len();
        let mut child = command.spawn().unwrap();
        let started = Instant::now();
        // Lines are printed by a thread of their own, which may be behind what the runner announces in its file.
        let printed = || {
            ["ready in", "\"kind\":\"ready\""].iter().any(|banner| folder.output()[before..].contains(banner))
        };
        let running = loop {
            // Of this process: one that was killed leaves its file.
            if let Some(running) = folder.running().filter(|running| running.pid == child.id() && printed()) {
                break running;
            }
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the runner ended with {status}:\n{}", folder.output());
            }
            assert!(started.elapsed() < PATIENCE, "the runner is not ready:\n{}", folder.output());
            thread::sleep(Duration::from_millis(20));
        };
        Self { child, folder, running }
    }

    /// A client of the customers' pages, with its own cookies.
    pub(crate) fn app(&self) -> Client {
        Client::new(&self.running.urls.app)
    }

    /// A client of the API.
    pub(crate) fn api(&self) -> Client {
        Client::new(&self.running.urls.api)
    }

    /// A client of the staff's pages, with its own cookies.
    pub(crate) fn admin(&self) -> Client {
        Client::new(&self.running.urls.admin)
    }

    /// A client of the dashboard.
    pub(crate) fn dashboard(&self) -> Client {
        Client::new(&self.running.urls.dashboard)
    }

    /// What a function needs that is hosted elsewhere and uses this runner's services, its secrets aside. Its queues
    /// begin with `prefix`.
    pub(crate) fn function_environment(&self, prefix: &str) -> Vec<(&'static str, String)> {
        let urls = &self.running.urls;
        vec![
            ("AWS_REGION", names::REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_ENDPOINT_URL", urls.aws.clone()),
            (key::SESSIONS_TABLE, names::SESSIONS_TABLE.to_owned()),
            (key::TOKENS_TABLE, names::TOKENS_TABLE.to_owned()),
            (key::THROTTLES_TABLE, names::THROTTLES_TABLE.to_owned()),
            (key::FILES_BUCKET, names::FILES_BUCKET.to_owned()),
            (key::QUEUE_URL_PREFIX, self.queue_url_prefix(prefix)),
            (key::MAIL_FROM, "Velox <no-reply@velox.example>".to_owned()),
            (key::APP_URL, urls.app.clone()),
            (key::API_URL, urls.api.clone()),
            (key::ENVIRONMENT, "local".to_owned()),
        ]
    }

    /// `<prefix><function>` is the URL of a queue whose name begins with `prefix`.
    pub(crate) fn queue_url_prefix(&self, prefix: &str) -> String {
        format!("{}/000000000000/{prefix}-", self.running.urls.aws)
    }

    /// Everything it has printed.
    pub(crate) fn output(&self) -> String {
        self.folder.output()
    }

    /// Waits until it has printed this.
    pub(crate) fn wait_for_output(&self, text: &str) {
        let started = Instant::now();
        while !self.output().contains(text) {
            assert!(started.elapsed() < PATIENCE, "no {text:?} in:\n{}", self.output());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its `--state-dir`.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// All processes below it that are alive, by their command lines.
    pub(crate) fn descendants(&self) -> Vec<(u32, String)> {
        descendants_of(self.child.id())
    }

    /// Ctrl-C (`Signal::INT`), `kill` (`Signal::TERM`), or SIGKILL.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Signals it and waits for its end; the folder can be used for another one.
    pub(crate) fn end(mut self, signal: Signal) -> (ExitStatus, Folder) {
        self.signal(signal);
        let status = wait(&mut self.child, self.folder.path());
        let folder = std::mem::replace(&mut self.folder, Folder::none());
        (status, folder)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_some()) {
            return;
        }
        if thread::panicking() {
            println!("{}", self.output());
        }
        self.signal(Signal::TERM);
        let started = Instant::now();
        while self.child.try_wait().is_ok_and(|status| status.is_none()) {
            if started.elapsed() > Duration::from_secs(10) {
                let _ = self.child.kill();
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn wait(child: &mut Child, folder: &Path) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(started.elapsed() < PATIENCE, "the runner does not end; its folder: {}", folder.display());
        thread::sleep(Duration::from_millis(10));
    }
}

/// A runner's folder, removed at the end.
pub(crate) struct Folder {
    directory: Option<TempDir>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("velox-it-").tempdir().unwrap();
        // The account that Postgres runs under has to get in.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        Self { directory: Some(directory) }
    }

    fn none() -> Self {
        Self { directory: None }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.as_ref().unwrap().path()
    }

    /// A runner on free ports that neither builds nor watches.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.bare_command(PROGRAM.as_ref());
        command.args(["--no-watch", "--project"]).arg(project());
        command
    }

    /// A copy of the runner on free ports that does not build before it starts.
    pub(crate) fn bare_command(&self, program: &Path) -> Command {
        let log = File::options().create(true).append(true).open(self.path().join("output.log")).unwrap();
        let mut command = Command::new(program);
        command.args(["--no-build", "--timings"]);
        command.arg("--state-dir").arg(self.path().join("state"));
        command.args(["--http-port", "0", "--aws-port", "0", "--postgres-port", "0"]);
        command.args(["--dashboard-port", "0", "--smtp-port", "0"]);
        command.env_remove("DATABASE_URL").env("NO_COLOR", "1").stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        command
    }

    /// Runs the command to its end, which is expected without a start.
    pub(crate) fn refused(&self, arguments: &[&str]) -> (ExitStatus, String) {
        let before = self.output().len();
        let mut child = self.command().args(arguments).spawn().unwrap();
        let status = wait(&mut child, self.path());
        (status, self.output()[before..].to_owned())
    }

    fn output(&self) -> String {
        fs::read_to_string(self.path().join("output.log")).unwrap_or_default()
    }

    /// What `runner.json` says.
    pub(crate) fn running(&self) -> Option<Running> {
        serde_json::from_slice(&fs::read(self.path().join("state/runner.json")).ok()?).ok()
    }
}

/// The checkout.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Whether a process is there and not a zombie.
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}

/// Children, their children, and so on.
pub(crate) fn descendants_of(pid: u32) -> Vec<(u32, String)> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((pid, stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()?))
        })
        .collect();
    let mut found = vec![pid];
    let mut next = 0;
    while next < found.len() {
        let parent = found[next];
        found.extend(parents.iter().filter(|(_, its_parent)| *its_parent == parent).map(|(child, _)| *child));
        next += 1;
    }
    let known = |pid: u32| Some((pid, local_runner::processes::command_line(pid)?));
    found.into_iter().skip(1).filter_map(known).collect()
}

/// Killed by this signal.
pub(crate) fn was_killed_by(status: ExitStatus, signal: Signal) -> bool {
    status.signal() == Some(signal.as_raw())
}
