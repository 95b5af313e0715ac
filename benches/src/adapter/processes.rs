//! The servers under load, and what the kernel says of them.

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::json;

use crate::{Failure, load::Load};

/// What `/proc` counts CPU in.
pub(crate) const TICK_US: f64 = 10_000.0;

/// A server that is killed when dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    process: Child,
}

impl Server {
    /// On one thread, or on as many as there are processors.
    pub(crate) fn axum(threads: usize) -> Result<Self, Failure> {
        let port = free_port()?;
        let mut command = Command::new(env::current_exe()?);
        Self::started(command.args(["axum", &port.to_string(), &threads.to_string()]), port)
    }

    /// With so many functions, each this program, on routes of their own.
    pub(crate) fn adapter(folder: &Path, functions: u32, concurrency: u32) -> Result<Self, Failure> {
        let port = free_port()?;
        let bench = env::current_exe()?;
        let functions: Vec<_> = (0..functions)
            .map(|number| {
                json!({
                    "name": format!("f{number}"), "command": bench, "concurrency": concurrency,
                    "processes": { "max": 1 }, "routes": [{ "method": "GET", "path": format!("/f{number}") }],
                })
            })
            .collect();
        let manifest = json!({ "listen": format!("127.0.0.1:{port}"), "functions": functions });
        let file = env::temp_dir().join(format!("bench-adapter-{port}.json"));
        fs::write(&file, manifest.to_string())?;
        let mut command = Command::new(folder.join("adapter"));
        // Requests are logged by the load balancer.
        Self::started(command.arg("--manifest").arg(&file).env("ADAPTER_LOG", "warn"), port)
    }

    /// `cargo lambda watch --release` of a function that says hello; none where it is not installed.
    pub(crate) fn cargo_lambda_watch() -> Result<Option<Self>, Failure> {
        let Some(project) = env::var_os("BENCH_CARGO_LAMBDA_PROJECT") else { return Ok(None) };
        let port = free_port()?;
        let mut command = Command::new("cargo");
        command.current_dir(project).args([
            "lambda",
            "watch",
            "--release",
            "--invoke-port",
            &port.to_string(),
        ]);
        Ok(Some(Self::started(&mut command, port)?))
    }

    fn started(command: &mut Command, port: u16) -> Result<Self, Failure> {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).process_group(0).spawn()?;
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(Self { port, process });
            }
            thread::sleep(Duration::from_millis(100));
        }
        process.kill()?;
        Err("it never listened".into())
    }

    /// CPU ticks of the server itself and of all that it started.
    pub(crate) fn cpu(&self) -> (u64, u64) {
        (ticks(self.process.id()), descendants(self.process.id()).into_iter().map(ticks).sum())
    }

    pub(crate) fn resident_kib(&self) -> u64 {
        resident_kib(self.process.id())
    }

    pub(crate) fn functions_kib(&self) -> Vec<u64> {
        descendants(self.process.id()).into_iter().map(resident_kib).collect()
    }

    /// By the server itself, under load; none without strace.
    pub(crate) fn system_calls(&self, long: Duration) -> Result<Option<SystemCalls>, Failure> {
        let report = env::temp_dir().join(format!("bench-adapter-{}.strace", self.port));
        let mut strace = Command::new("strace");
        strace.args(["-c", "-f", "-p", &self.process.id().to_string(), "-o"]).arg(&report);
        let Ok(mut strace) = strace.stderr(Stdio::null()).spawn() else { return Ok(None) };
        thread::sleep(Duration::from_millis(500));
        let load = Load::of(self.port, 32, long)?;
        Command::new("kill").args(["-INT", &strace.id().to_string()]).status()?;
        strace.wait()?;
        Ok(Some(SystemCalls::read(&fs::read_to_string(report)?, &load)))
    }
}

/// What a server asked of the kernel. The memory watch looks into files by the clock, and strace makes requests
/// some twenty times slower: its calls must not be counted per request.
pub(crate) struct SystemCalls {
    pub(crate) per_request: f64,
    pub(crate) on_files_per_second: f64,
}

impl SystemCalls {
    fn read(report: &str, load: &Load) -> Self {
        let (mut files, mut others) = (0.0, 0.0);
        for line in report.lines() {
            let fields: Vec<_> = line.split_whitespace().collect();
            let (Some(Ok(calls)), Some(name)) =
                (fields.get(3).map(|calls| calls.parse::<f64>()), fields.last())
            else {
                continue;
            };
            match *name {
                "total" => {}
                "openat" | "read" | "close" | "statx" | "getdents64" | "lseek" => files += calls,
                _ => others += calls,
            }
        }
        Self {
            per_request: others / load.requests as f64,
            on_files_per_second: files / load.took.as_secs_f64(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // `cargo lambda watch` leaves what it has started behind.
        let _ = Command::new("kill").args(["--", &format!("-{}", self.process.id())]).status();
        let _ = self.process.wait();
    }
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Fields of `/proc/<pid>/stat` after the name.
fn stat(pid: u32) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = text.rsplit_once(") ").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    after.split(' ').map(str::to_owned).collect()
}

fn number(fields: &[String], place: usize) -> u64 {
    fields.get(place).and_then(|field| field.parse().ok()).unwrap_or_default()
}

fn ticks(pid: u32) -> u64 {
    let fields = stat(pid);
    number(&fields, 11) + number(&fields, 12)
}

fn resident_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn descendants(pid: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let children: Vec<u32> = all.filter(|other| number(&stat(*other), 1) == u64::from(pid)).collect();
    children.iter().flat_map(|child| [vec![*child], descendants(*child)].concat()).collect()
}
