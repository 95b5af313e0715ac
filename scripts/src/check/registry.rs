//! A real registry, Debian's docker-registry on loopback, into which the real skopeo copies images.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    thread,
};

use super::{Outcome, apt, cargo, in_pipeline, passed};
use crate::{project::Project, run::on_path};

const PROGRAMS: [&str; 2] = ["skopeo", "docker-registry"];
/// In memory, so that nothing is left.
const CONFIGURATION: &str = "version: 0.1\nstorage:\n  inmemory: {}\nhttp:\n  addr: 127.0.0.1:0\n";

pub(super) fn images(project: &Project) -> Result<Outcome, String> {
    let registry = match Registry::start(project) {
        Ok(registry) => registry,
        Err(why) if in_pipeline() => return Err(why),
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let mut tests = cargo(project);
    tests.args(["test", "--quiet", "--workspace", "--test", "it", "registry::"]);
    passed(tests.env("VELOX_REGISTRY", &registry.address))
}

/// Empty at first; stopped when dropped.
pub(super) struct Registry {
    process: Child,
    /// Host and port.
    pub(super) address: String,
}

impl Registry {
    pub(super) fn start(project: &Project) -> Result<Self, String> {
        ensure(project)?;
        let program = on_path(&["docker-registry"]);
        let program = program.ok_or("docker-registry is installed and not on the PATH")?;
        let file = project.path(".velox/registry.yml");
        fs::write(&file, CONFIGURATION).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut command = project.command(program);
        command.arg("serve").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("docker-registry: {error}"))?;
        let mut lines =
            BufReader::new(process.stderr.take().expect("it is piped")).lines().map_while(Result::ok);
        let port = lines.find_map(|line| port(&line));
        // Read on, or a full pipe would stop it.
        thread::spawn(move || lines.for_each(drop));
        let mut registry = Self { process, address: String::new() };
        let port = port.ok_or("docker-registry ended without telling its port")?;
        registry.address = format!("127.0.0.1:{port}");
        Ok(registry)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Of the line in which it says where it listens.
fn port(line: &str) -> Option<u16> {
    let (_, after) = line.split_once("listening on 127.0.0.1:")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn ensure(project: &Project) -> Result<(), String> {
    if PROGRAMS.iter().all(|program| on_path(&[program]).is_some()) {
        return Ok(());
    }
    apt::install(project, "Pushing images is tried with skopeo and docker-registry", &PROGRAMS)
}
