//! The running local runner, as other commands speak to it: found by its folder, asked over HTTP.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::Value;

use crate::project::Project;

/// The longest time-out of the catalogue and some more.
const PATIENCE: Duration = Duration::from_secs(320);
/// How long one that starts anew may take.
const RESTART: Duration = Duration::from_secs(30);

/// Which runner.
#[derive(Args)]
pub(crate) struct Place {
    /// The local runner's folder.
    #[arg(long, default_value = ".velox", global = true)]
    state_dir: PathBuf,
}

/// Where it is.
pub(crate) struct Runner {
    pid: u64,
    /// Of its AWS endpoint.
    aws: u16,
    /// Of its dashboard.
    dashboard: u16,
}

/// What it answered.
pub(crate) struct Reply {
    /// Of HTTP.
    pub(crate) status: u16,
    head: String,
    /// To its end.
    pub(crate) body: Vec<u8>,
}

impl Runner {
    /// The one that says in its folder that it runs.
    pub(crate) fn find(project: &Project, place: &Place) -> Result<Self, String> {
        let told = project.path(&place.state_dir).join("runner.json");
        Self::told(&told).ok_or_else(|| {
            format!("no local runner is running ({}): start one with `cargo velox dev`", told.display())
        })
    }

    fn told(file: &Path) -> Option<Self> {
        let running: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        let port = |name: &str| running["ports"][name].as_u64().and_then(|port| u16::try_from(port).ok());
        Some(Self { pid: running["pid"].as_u64()?, aws: port("aws")?, dashboard: port("dashboard")? })
    }

    /// Connects, also to one that starts anew at this moment: it keeps process and ports.
    fn connect(&self, port: u16) -> io::Result<TcpStream> {
        let started = Instant::now();
        loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Err(error)
                    if error.kind() == io::ErrorKind::ConnectionRefused
                        && started.elapsed() < RESTART
                        && self.is_alive() =>
                {
                    thread::sleep(Duration::from_millis(100));
                }
                other => return other,
            }
        }
    }

    fn is_alive(&self) -> bool {
        let mut kill = Command::new("kill");
        kill.args(["-0", &self.pid.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        kill.status().is_ok_and(|status| status.success())
    }

    /// Asks for what [`local_runner::control`] tells, or has it done. Its refusals are the errors.
    ///
    /// [`local_runner::control`]: ../../local-runner/src/control.rs
    pub(crate) fn control(&self, method: &str, path: &str) -> Result<Vec<u8>, String> {
        let ask = || {
            let mut stream = self.ask(method, path)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            io::Result::Ok(answer)
        };
        let bytes = ask().map_err(|error| unheard(&error))?;
        let reply = Reply::parse(&bytes).ok_or_else(|| "the local runner's answer is not HTTP".to_owned())?;
        if reply.status == 200 { Ok(reply.body) } else { Err(reply.refusal()) }
    }

    /// As [`Runner::control`], for what answers in JSON.
    pub(crate) fn control_json(&self, method: &str, path: &str) -> Result<Value, String> {
        let body = self.control(method, path)?;
        serde_json::from_slice(&body)
            .map_err(|error| format!("the local runner's answer is no JSON: {error}"))
    }

    /// As [`Runner::control`], line by line for as long as the runner has more and `each` wants it.
    pub(crate) fn follow(&self, path: &str, mut each: impl FnMut(&str) -> bool) -> Result<(), String> {
        let stream = self.ask("GET", path).map_err(|error| unheard(&error))?;
        // Whoever follows waits for as long as it takes.
        stream.set_read_timeout(None).map_err(|error| unheard(&error))?;
        let mut lines = BufReader::new(stream).lines();
        let mut head = String::new();
        for line in lines.by_ref() {
            let line = line.map_err(|error| unheard(&error))?;
            if line.is_empty() {
                break;
            }
            head.push_str(&line);
            head.push_str("\r\n");
        }
        let is_fine = head.split(' ').nth(1) == Some("200");
        if !is_fine {
            let body: Vec<_> = lines.map_while(Result::ok).collect();
            let reply = Reply::parse(format!("{head}\r\n{}", body.join("\n")).as_bytes());
            return Err(
                reply.map_or_else(|| "the local runner's answer is not HTTP".to_owned(), |r| r.refusal())
            );
        }
        for line in lines {
            let Ok(line) = line else { break };
            if !each(&line) {
                return Ok(());
            }
        }
        Err("the local runner has stopped, or starts anew".to_owned())
    }

    /// HTTP/1.0: the answer ends with the connection and comes in one piece.
    fn ask(&self, method: &str, path: &str) -> io::Result<TcpStream> {
        let port = self.dashboard;
        let mut stream = self.connect(port)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = format!("{method} {path} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        Ok(stream)
    }

    /// Posts a body with these header lines, each ended by CR LF.
    pub(crate) fn post(&self, path: &str, headers: &str, body: &[u8]) -> Result<Reply, String> {
        let port = self.aws;
        let ask = || {
            let mut stream = self.connect(port)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let length = body.len();
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{headers}content-length: {length}\r\n\
                 connection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes())?;
            stream.write_all(body)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            io::Result::Ok(answer)
        };
        let bytes = ask().map_err(|error| unheard(&error))?;
        Reply::parse(&bytes).ok_or_else(|| "the local runner's answer is not HTTP".to_owned())
    }
}

fn unheard(error: &io::Error) -> String {
    format!("the local runner does not answer ({error}): start one with `cargo velox dev`")
}

impl Reply {
    /// None when it is not an HTTP response.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_owned()).ok()?;
        let status = head.split("\r\n").next()?.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head, body: bytes[end + 4..].to_owned() })
    }

    /// What a refusal says.
    fn refusal(&self) -> String {
        let told: Option<Value> = serde_json::from_slice(&self.body).ok();
        let sentence = told.and_then(|told| Some(told["error"].as_str()?.to_owned()));
        sentence.unwrap_or_else(|| format!("{}: {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}
