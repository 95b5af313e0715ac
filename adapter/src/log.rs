//! What happens, as log lines.

use std::net::SocketAddr;

use tracing::{debug, error, info, warn};

use crate::observer::{
    HttpRecord, InvocationRecord, InvocationSource, Observer, OutputStream, ProcessChange, ProcessEvent,
};

/// Writes everything that happens through `tracing`. Failures are errors and name the function, the reason
/// and the last lines of its standard error.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogObserver;

impl Observer for LogObserver {
    fn http_request(&self, record: &HttpRecord<'_>) {
        let HttpRecord { method, host, path, status, request_id, bytes, .. } = record;
        let function = record.function.as_deref().unwrap_or_default();
        let duration_ms = record.duration.as_secs_f64() * 1e3;
        match &record.error {
            None => {
                info!(%method, %host, %path, status, function, duration_ms, bytes, %request_id, "request");
            }
            Some(reason) => {
                error!(%method, %host, %path, status, function, duration_ms, %request_id, %reason, "request failed");
            }
        }
    }

    fn invocation(&self, record: &InvocationRecord) {
        let InvocationRecord { function, request_id, batch_size, failures, .. } = record;
        let duration_ms = record.duration.as_secs_f64() * 1e3;
        let source = match &record.source {
            InvocationSource::Queue(url) | InvocationSource::Message(url) => url,
            InvocationSource::Direct => "direct",
            InvocationSource::Repeated(_) => "repeated",
        };
        match &record.error {
            None if *failures == 0 => {
                info!(%function, source, batch_size, failures, duration_ms, %request_id, "invocation");
            }
            None => {
                warn!(%function, source, batch_size, failures, duration_ms, %request_id, "invocation failed in part");
            }
            Some(reason) => {
                error!(%function, source, batch_size, failures, duration_ms, %request_id, %reason, "invocation failed");
            }
        }
    }

    fn process(&self, event: &ProcessEvent<'_>) {
        let (function, pid) = (event.function, event.pid.unwrap_or_default());
        match event.change {
            ProcessChange::Started => debug!(function, pid, "process started"),
            ProcessChange::Ready(took) => {
                info!(function, pid, start_ms = took.as_secs_f64() * 1e3, "process ready");
            }
            ProcessChange::Retiring(reason) => debug!(function, pid, reason, "process is retiring"),
            ProcessChange::Killed(reason) => warn!(function, pid, reason, "process killed"),
            ProcessChange::Stopped => debug!(function, pid, "process stopped"),
            ProcessChange::Exited { status, last_lines } => {
                error!(function, pid, status, last_lines = last_lines.join("\n"), "process ended by itself");
            }
            ProcessChange::StartFailed { reason, pause } => {
                let pause_ms = pause.as_secs_f64() * 1e3;
                error!(function, pid, reason, pause_ms, "function cannot start");
            }
        }
    }

    fn output(&self, function: &str, stream: OutputStream, line: &str) {
        match stream {
            OutputStream::Stdout => info!(target: "output", function, "{line}"),
            OutputStream::Stderr => warn!(target: "output", function, "{line}"),
        }
    }

    fn queue_trouble(&self, function: &str, queue_url: &str, reason: &str) {
        warn!(function, queue_url, reason, "queue trouble");
    }

    fn listening(&self, address: SocketAddr) {
        info!(%address, "listening");
    }
}
