//! Logs as JSON lines on stderr, each with the fields of the request or message that it belongs to.

use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

/// Installs the subscriber; called once per process.
pub(crate) fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_span_events(FmtSpan::NONE)
        .with_target(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
