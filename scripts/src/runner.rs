//! The running local runner, as other commands speak to it: found by its folder, asked over HTTP.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use serde_json::Value;

use crate::project::Project;

/// The longest time-out of the catalogue and some more.
const PATIENCE: Duration = Duration::from_secs(320);

/// Which runner.
#[derive(Args)]
pub(crate) struct Place {
    /// The local runner's folder.
    #[arg(long, default_value = ".velox", global = true)]
    state_dir: PathBuf,
}

/// Its AWS endpoint.
pub(crate) struct Runner {
    port: u16,
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
        port(&told).map(|port| Self { port }).ok_or_else(|| {
            format!("no local runner is running ({}): start one with `cargo velox dev`", told.display())
        })
    }

    /// Posts a body with these header lines, each ended by CR LF.
    pub(crate) fn post(&self, path: &str, headers: &str, body: &[u8]) -> Result<Reply, String> {
        let Self { port } = self;
        let ask = || {
            let mut stream = TcpStream::connect(("127.0.0.1", *port))?;
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
            std::io::Result::Ok(answer)
        };
        let bytes = ask().map_err(|error| {
            format!("the local runner does not answer ({error}): start one with `cargo velox dev`")
        })?;
        Reply::parse(&bytes).ok_or_else(|| "the local runner's answer is not HTTP".to_owned())
    }
}

/// Of the AWS endpoint, as the runner says it.
fn port(told: &Path) -> Option<u16> {
    let running: Value = serde_json::from_slice(&fs::read(told).ok()?).ok()?;
    running["ports"]["aws"].as_u64().and_then(|port| u16::try_from(port).ok())
}

impl Reply {
    /// None when it is not an HTTP response.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_owned()).ok()?;
        let status = head.split("\r\n").next()?.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head, body: bytes[end + 4..].to_owned() })
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}
