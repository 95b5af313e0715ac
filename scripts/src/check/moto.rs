//! The conformance suite of our AWS services against moto, which somebody else wrote: where both agree, we
//! have not only understood ourselves.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Outcome, cargo, in_pipeline, passed, pypi::Tool};
use crate::project::Project;

/// In the name of every test of the suite.
const SUITE: &str = "::conformance::";

pub(super) const MOTO: Tool = Tool { program: "moto_server", package: "moto[server]==5.2.5" };

pub(super) fn conformance(project: &Project) -> Result<Outcome, String> {
    let server = match MOTO.ensure(project) {
        Ok(server) => server,
        Err(why) if in_pipeline() => return Err(why),
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let (_server, port) = Server::start(project, &server)?;
    let list = tests(project).args(["--", "--list"]).output().map_err(|error| format!("cargo: {error}"))?;
    if !String::from_utf8_lossy(&list.stdout).contains(": test") {
        return Err(format!(
            "no test has {SUITE} in its name: say in scripts/src/check/moto.rs where they are"
        ));
    }
    passed(tests(project).env("VELOX_MOTO_URL", format!("http://127.0.0.1:{port}")))
}

/// The whole workspace is named, because another choice of packages would build the dependencies again.
fn tests(project: &Project) -> Command {
    let mut tests = cargo(project);
    tests.args(["test", "--quiet", "--workspace", "--test", "it", SUITE]);
    tests
}

/// Killed when dropped.
pub(super) struct Server(Child);

impl Server {
    pub(super) fn start(project: &Project, program: &Path) -> Result<(Self, u16), String> {
        Self::start_as(project.command(program))
    }

    /// Starts a program that takes moto's arguments; answers its port as well.
    pub(super) fn start_as(mut command: Command) -> Result<(Self, u16), String> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| format!("no free port: {error}"))?.port();
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self(command.spawn().map_err(|error| format!("moto_server: {error}"))?);
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if started.elapsed() > Duration::from_secs(60) {
                return Err("moto_server does not answer".to_owned());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok((server, port))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
