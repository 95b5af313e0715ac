//! `cargo velox invoke`: Lambda's `Invoke` on the running local runner.

mod answer;
mod nearest;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::Value;

use crate::project::Project;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The function's name in the catalogue.
    function: String,
    /// The event [default: events/<function>/event.json].
    #[arg(long)]
    event: Option<PathBuf>,
    /// The local runner's folder.
    #[arg(long, default_value = ".velox")]
    state_dir: PathBuf,
}

/// The longest time-out of the catalogue and some more.
const PATIENCE: Duration = Duration::from_secs(320);

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let name = arguments.function.as_str();
    if catalog::find(name).is_none() {
        return Err(nearest::message(name));
    }
    let file = match &arguments.event {
        Some(file) => file.clone(),
        None => project.path(format!("events/{name}/event.json")),
    };
    let event = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let running = project.path(&arguments.state_dir).join("runner.json");
    let started = Instant::now();
    let answer = invoke(port(&running)?, name, &event)?;
    let took = started.elapsed().as_millis();
    println!("{}", answer.shown(took));
    Ok(if answer.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Of the AWS endpoint, as the runner says it.
fn port(running: &std::path::Path) -> Result<u16, String> {
    let none =
        || format!("no local runner is running ({}): start one with `cargo velox dev`", running.display());
    let text = fs::read(running).map_err(|_| none())?;
    let running: Value = serde_json::from_slice(&text).map_err(|_| none())?;
    running["ports"]["aws"].as_u64().and_then(|port| u16::try_from(port).ok()).ok_or_else(none)
}

fn invoke(port: u16, function: &str, event: &[u8]) -> Result<answer::Answer, String> {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = format!(
            "POST /2015-03-31/functions/{function}/invocations HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            event.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(event)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        std::io::Result::Ok(answer)
    };
    let bytes = ask().map_err(|error| {
        format!("the local runner does not answer ({error}): start one with `cargo velox dev`")
    })?;
    answer::Answer::parse(&bytes).ok_or_else(|| "the local runner's answer is not HTTP".to_owned())
}
