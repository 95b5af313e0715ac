//! One invocation of one function, for tasks that an operator starts: a migration, for example.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use adapter::{Adapter, LogObserver, Manifest, MemoryControl, Options, manifest::Processes};
use bytes::Bytes;

use super::{
    logs,
    serve::{Signals, reap_orphans, runtime},
};

/// What a function may still write once it has answered.
const TO_END: Duration = Duration::from_secs(2);

pub(crate) fn invoke(path: &PathBuf, function: &str, payload: String) -> ExitCode {
    let manifest = crate::read(path);
    logs::begin(manifest.as_ref().ok().and_then(|manifest| manifest.service.as_deref()));
    let result = manifest.and_then(|manifest| {
        let manifest = alone(manifest, function)?;
        let payload = event(payload)?;
        let runtime = runtime(1).map_err(|error| format!("no runtime: {error}"))?;
        runtime.block_on(run(manifest, function, payload))
    });
    match result {
        Ok(code) => code,
        Err(reason) => {
            tracing::error!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// The function without what would invoke it besides.
fn alone(mut manifest: Manifest, function: &str) -> Result<Manifest, String> {
    let names: Vec<_> = manifest.functions.iter().map(|spec| spec.name.clone()).collect();
    manifest.functions.retain(|spec| spec.name == function);
    let Some(spec) = manifest.functions.first_mut() else {
        return Err(format!("the manifest has no function `{function}`; it has {}", names.join(", ")));
    };
    spec.routes = Vec::new();
    spec.queues = Vec::new();
    spec.processes = Processes { min: 0, max: 1 };
    manifest.listen.set_port(0);
    manifest.health_listen = None;
    manifest.shutdown_delay_ms = 0;
    Ok(manifest)
}

fn event(payload: String) -> Result<Bytes, String> {
    let text = if payload == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(|error| format!("standard input: {error}"))?;
        text
    } else {
        payload
    };
    serde_json::from_str::<serde::de::IgnoredAny>(&text)
        .map_err(|error| format!("the payload is not JSON: {error}"))?;
    Ok(text.into())
}

async fn run(manifest: Manifest, function: &str, payload: Bytes) -> Result<ExitCode, String> {
    let mut signals = Signals::new()?;
    let grace = Duration::from_millis(manifest.shutdown_grace_ms);
    let options = Options { memory: MemoryControl::CgroupOrWatch, ..Options::default() };
    reap_orphans();
    let adapter = Adapter::start_with(manifest, Arc::new(LogObserver), options).await;
    let adapter = adapter.map_err(|error| error.to_string())?;
    let result = tokio::select! {
        result = adapter.invoke(function, payload) => result.map_err(|error| error.to_string()),
        signal = signals.end() => {
            tracing::info!(signal, grace_ms = grace.as_secs_f64() * 1e3, "shutting down");
            adapter.shutdown(grace).await;
            return Err(format!("{signal} ended the invocation"));
        }
    };
    adapter.shutdown(TO_END).await;
    let result = result?;
    let mut out = io::stdout();
    let written = out.write_all(&result.payload).and_then(|()| out.write_all(b"\n"));
    written.map_err(|error| format!("standard output: {error}"))?;
    Ok(if result.function_error.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
