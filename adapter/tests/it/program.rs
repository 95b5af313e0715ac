//! The adapter as a program of its own, with a manifest file and a log.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::world::eventually;

/// The program with a manifest file.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) folder: PathBuf,
}

impl Program {
    pub(crate) fn start(name: &str, manifest: &Value) -> Self {
        Self::start_under(name, manifest, Command::new(env!("CARGO_BIN_EXE_adapter")))
    }

    /// `command` gets the program's arguments.
    pub(crate) fn start_under(name: &str, manifest: &Value, mut command: Command) -> Self {
        let folder = std::env::temp_dir().join(format!("adapter-test-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        write(&folder.join("manifest.json"), manifest);
        let child = command
            .arg("--manifest")
            .arg(folder.join("manifest.json"))
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .stdout(Stdio::null())
            .spawn();
        Self { child: child.unwrap(), folder }
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Where it serves HTTP.
    pub(crate) async fn address(&self) -> String {
        self.said("listening").await
    }

    /// Where it tells its health.
    pub(crate) async fn health_address(&self) -> String {
        self.said("health is told").await
    }

    /// The address in the line with this message.
    async fn said(&self, message: &str) -> String {
        let said = || {
            let log = self.log();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let line = lines.into_iter().find(|line| line["message"] == message)?;
            line["address"].as_str().map(str::to_owned)
        };
        eventually(message, || said().is_some()).await;
        said().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.child.id().cast_signed()).unwrap(), signal).unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn write(path: &Path, manifest: &Value) {
    std::fs::File::create(path).unwrap().write_all(manifest.to_string().as_bytes()).unwrap();
}

/// A whole HTTP/1.1 answer.
pub(crate) async fn ask(address: &str, target: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
