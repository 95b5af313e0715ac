//! The services in a process of their own, and what that process uses.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use local_runner::{
    aws::{Config, Services},
    clock::SystemClock,
};

/// Killed when dropped.
pub(crate) struct Server {
    child: Child,
    directory: String,
    pub(crate) address: SocketAddr,
}

/// Serves until it is killed.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn serve(directory: &str) {
    let config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        state_dir: directory.into(),
        invoker: None,
        elsewhere: None,
        clock: Arc::new(SystemClock),
        chaos: Arc::default(),
    };
    let services = Services::start(config).await.unwrap();
    println!("{}", services.addr());
    std::future::pending::<()>().await;
}

impl Server {
    pub(crate) fn start(directory: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        let mut child = command.args(["serve", directory]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, directory: directory.to_owned(), address: line.trim().parse().unwrap() }
    }

    /// CPU time so far, in steps of 10 ms.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(&self.child.id().to_string())
    }

    /// Memory that the process holds.
    pub(crate) fn resident_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        fs::remove_dir_all(&self.directory).unwrap();
    }
}

pub(crate) fn own_cpu() -> Duration {
    cpu_of("self")
}

/// User and system time, in ticks of 10 ms (proc(5), fields 14 and 15).
fn cpu_of(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The second field is a name in brackets and may hold blanks.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}
