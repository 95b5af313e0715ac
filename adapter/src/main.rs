//! The adapter as a program: a manifest, JSON logs, signals.

use std::{fs, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use adapter::{Adapter, LogObserver, Manifest, launcher};
use clap::{Parser, Subcommand};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// Runs AWS Lambda functions in a container.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// The manifest, a JSON file. It is read again on SIGHUP.
    #[arg(long)]
    manifest: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Exits with 0 if the URL answers with 2xx within two seconds.
    Healthcheck {
        /// For example `http://127.0.0.1:9000/readyz`.
        #[arg(long)]
        url: http::Uri,
    },
}

fn main() -> ExitCode {
    if let Some(code) = launcher::run_if_requested() {
        return code;
    }
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("ADAPTER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("no runtime: {error}")),
    };
    let result = runtime.block_on(async {
        match (arguments.command, arguments.manifest) {
            (Some(Command::Healthcheck { url }), _) => healthcheck(&url).await,
            (None, Some(path)) => run(path).await,
            (None, None) => Err("--manifest is missing".to_owned()),
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => failed(&reason),
    }
}

fn failed(reason: &str) -> ExitCode {
    tracing::error!("{reason}");
    ExitCode::FAILURE
}

async fn run(path: PathBuf) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let mut terminate = signal(SignalKind::terminate()).map_err(text)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(text)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(text)?;
    let manifest = read(&path)?;
    let mut grace = Duration::from_millis(manifest.shutdown_grace_ms);
    let adapter = Adapter::start(manifest, Arc::new(LogObserver)).await.map_err(|e| e.to_string())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => match reload(&adapter, &path).await {
                Ok(new_grace) => grace = new_grace,
                Err(reason) => tracing::error!(reason, "the manifest was not taken over"),
            },
        }
    }
    tracing::info!("shutting down");
    adapter.shutdown(grace).await;
    Ok(())
}

async fn reload(adapter: &Adapter, path: &PathBuf) -> Result<Duration, String> {
    let manifest = read(path)?;
    let grace = Duration::from_millis(manifest.shutdown_grace_ms);
    adapter.reload(manifest).await.map_err(|e| e.to_string())?;
    tracing::info!("manifest reloaded");
    Ok(grace)
}

fn read(path: &PathBuf) -> Result<Manifest, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Manifest::from_json(&text).map_err(|error| format!("{}: {error}", path.display()))
}

async fn healthcheck(url: &http::Uri) -> Result<(), String> {
    let ask = async {
        let host = url.host().unwrap_or("127.0.0.1");
        let mut stream = TcpStream::connect((host, url.port_u16().unwrap_or(80))).await?;
        let path = url.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer =
        tokio::time::timeout(Duration::from_secs(2), ask).await.map_err(|_| "no answer".to_owned())?;
    let answer = answer.map_err(|error| error.to_string())?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') { Ok(()) } else { Err(format!("{url} answered {status}")) }
}
