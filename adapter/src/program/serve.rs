//! Serves a manifest until a signal ends it.

use std::{io, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use adapter::{Adapter, LogObserver, Manifest, MemoryControl, Options, launcher};
use rand::{TryRngCore, rngs::OsRng};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

use super::logs;

pub(crate) fn serve(path: &PathBuf) -> ExitCode {
    let manifest = crate::read(path);
    logs::begin(manifest.as_ref().ok().and_then(|manifest| manifest.service.as_deref()));
    let result = manifest.and_then(|manifest| {
        let runtime = runtime(manifest.threads).map_err(|error| format!("no runtime: {error}"))?;
        runtime.block_on(run(path, manifest))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            tracing::error!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// One thread passes nothing between processors, which makes a request cheapest.
///
/// # Errors
/// When there can be no threads, or no random numbers: ids and pauses are made of them.
pub(super) fn runtime(threads: u32) -> io::Result<Runtime> {
    OsRng.try_next_u64().map_err(|error| {
        io::Error::other(format!("no random numbers ({error}): has this root no /dev/urandom?"))
    })?;
    let mut builder = if threads == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    if let threads @ 2.. = threads {
        builder.worker_threads(threads as usize);
    }
    builder.enable_all().build()
}

/// Process 1 of a container gets no signal that it has not asked for, so all that end a program are.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
}

impl Signals {
    pub(super) fn new() -> Result<Self, String> {
        let of = |kind| signal(kind).map_err(|error| error.to_string());
        Ok(Self {
            terminate: of(SignalKind::terminate())?,
            interrupt: of(SignalKind::interrupt())?,
            quit: of(SignalKind::quit())?,
            hang_up: of(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End("SIGTERM"),
            _ = self.interrupt.recv() => Asked::End("SIGINT"),
            _ = self.quit.recv() => Asked::End("SIGQUIT"),
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }

    /// Until one that ends the program; its name.
    pub(super) async fn end(&mut self) -> &'static str {
        loop {
            if let Asked::End(signal) = self.next().await {
                return signal;
            }
        }
    }
}

/// What a signal asks for.
enum Asked {
    /// By the signal with this name.
    End(&'static str),
    Reload,
}

async fn run(path: &PathBuf, manifest: Manifest) -> Result<(), String> {
    let mut signals = Signals::new()?;
    let mut grace = Duration::from_millis(manifest.shutdown_grace_ms);
    let options = Options { memory: MemoryControl::CgroupOrWatch, ..Options::default() };
    reap_orphans();
    let adapter = Adapter::start_with(manifest, Arc::new(LogObserver), options).await;
    let adapter = adapter.map_err(|error| error.to_string())?;
    if let Some(address) = adapter.health_addr() {
        tracing::info!(%address, "health is told");
    }
    let signal = loop {
        match signals.next().await {
            Asked::End(signal) => break signal,
            Asked::Reload => match reload(&adapter, path).await {
                Ok(new_grace) => grace = new_grace,
                Err(reason) => tracing::error!(reason, "the manifest was not taken over"),
            },
        }
    };
    tracing::info!(signal, grace_ms = grace.as_secs_f64() * 1e3, "shutting down");
    tokio::select! {
        () = adapter.shutdown(grace) => tracing::info!("all has ended"),
        // Whoever asks twice does not want to wait.
        signal = signals.end() => tracing::warn!(signal, "ending at once"),
    }
    Ok(())
}

/// For as long as the program runs.
pub(super) fn reap_orphans() {
    tokio::spawn(async {
        if let Err(error) = launcher::reap_orphans().await {
            tracing::error!(%error, "orphans are not reaped");
        }
    });
}

async fn reload(adapter: &Adapter, path: &PathBuf) -> Result<Duration, String> {
    let manifest = crate::read(path)?;
    let grace = Duration::from_millis(manifest.shutdown_grace_ms);
    adapter.reload(manifest).await.map_err(|error| error.to_string())?;
    tracing::info!("manifest reloaded");
    Ok(grace)
}
