//! The runner and an adapter as processes, and the memory that they hold.

use std::{
    collections::BTreeMap,
    env, fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::Failure;

/// Waits for so many times of [`MOMENT`].
const PATIENCE: usize = 60_000;
const MOMENT: Duration = Duration::from_millis(2);

/// A folder that goes with its value; Postgres, which runs under an account of its own, has to get in.
pub(crate) struct Scratch(pub(crate) PathBuf);

pub(crate) fn scratch(name: &str) -> Result<Scratch, Failure> {
    let folder = env::temp_dir().join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    Ok(Scratch(folder))
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A runner that is ready; stopped when dropped.
pub(crate) struct Runner {
    process: Child,
    pub(crate) http_port: u16,
}

impl Runner {
    pub(crate) fn start(
        folder: &Path,
        project: &Path,
        state: &Path,
        arguments: &[&str],
        cargo: Option<&Path>,
    ) -> Result<Self, Failure> {
        let told = state.join("runner.json");
        let _ = fs::remove_file(&told);
        let mut command = command(folder, project, state);
        command.args(arguments).stdout(Stdio::null());
        if let Some(cargo) = cargo {
            command.env("CARGO", cargo);
        }
        let mut process = command.spawn()?;
        for _ in 0..PATIENCE {
            if let Some(status) = process.try_wait()? {
                return Err(format!("the runner ended: {status}").into());
            }
            let running = fs::read(&told).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
            if let Some(port) = running.and_then(|running| running["ports"]["http"].as_u64()) {
                return Ok(Self { process, http_port: u16::try_from(port)? });
            }
            thread::sleep(MOMENT);
        }
        Err("the runner is not ready".into())
    }

    /// The adapter's manifest of what it hosts.
    pub(crate) fn manifest(&self, folder: &Path, project: &Path, state: &Path) -> Result<Value, Failure> {
        let output = command(folder, project, state).arg("--print-manifest").output()?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Of it and all that it started, in MiB, each shared page counted in parts (`Pss`).
    pub(crate) fn memory(&self) -> String {
        let mut by_kind: BTreeMap<&str, (u32, f64)> = BTreeMap::new();
        for pid in tree(self.process.id()) {
            let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
            let kind = match program.file_name().and_then(|name| name.to_str()).unwrap_or_default() {
                _ if pid == self.process.id() => "runner",
                "postgres" => "Postgres",
                _ => "functions",
            };
            let of = by_kind.entry(kind).or_default();
            *of = (of.0 + 1, of.1 + pss_mib(pid));
        }
        let all: f64 = by_kind.values().map(|(_, mib)| mib).sum();
        let parts = by_kind.iter().map(|(kind, (count, mib))| format!("{kind} {mib:.0} ({count})"));
        format!("{all:.0} MiB: {}", parts.collect::<Vec<_>>().join(", "))
    }
}

fn command(folder: &Path, project: &Path, state: &Path) -> Command {
    let mut command = Command::new(folder.join("local-runner"));
    command.args(["--no-build", "--project"]).arg(project).arg("--state-dir").arg(state);
    for flag in ["--http-port", "--aws-port", "--postgres-port", "--dashboard-port", "--smtp-port"] {
        command.args([flag, "0"]);
    }
    command.env_remove("DATABASE_URL").stdin(Stdio::null());
    command
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// An adapter with what the runner hosts, without what the runner does besides; killed when dropped.
pub(crate) struct Adapter {
    process: Child,
    pub(crate) port: u16,
}

impl Adapter {
    pub(crate) fn start(folder: &Path, mut manifest: Value) -> Result<Self, Failure> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        manifest["listen"] = format!("127.0.0.1:{port}").into();
        for function in manifest["functions"].as_array_mut().into_iter().flatten() {
            // The runner's own adapter polls.
            function["queues"] = Value::Array(Vec::new());
        }
        let file = env::temp_dir().join(format!("bench-runner-{port}.json"));
        fs::write(&file, manifest.to_string())?;
        let mut command = Command::new(folder.join("adapter"));
        command.arg("--manifest").arg(&file).env("ADAPTER_LOG", "warn").stdout(Stdio::null());
        let process = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let adapter = Self { process, port };
        for _ in 0..PATIENCE {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                fs::remove_file(file)?;
                return Ok(adapter);
            }
            thread::sleep(MOMENT);
        }
        Err("the adapter never listened".into())
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// A process and all below it.
fn tree(root: u32) -> Vec<u32> {
    let parent = |pid: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    let parents: Vec<_> = pids.into_iter().filter_map(|pid| Some((pid, parent(pid)?))).collect();
    let mut found = vec![root];
    let mut next = 0;
    while next < found.len() {
        let of = found[next];
        found.extend(parents.iter().filter(|(_, parent)| *parent == of).map(|(pid, _)| *pid));
        next += 1;
    }
    found
}

fn pss_mib(pid: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib: f64 = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0.0);
    kib / 1024.0
}
