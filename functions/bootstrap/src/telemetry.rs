//! Logs as JSON lines on stderr, each with the fields of all spans that it stands in: an invocation has the request
//! and trace id, a message of its batch the message id.

use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

/// Installs the subscriber; called once per process.
pub(crate) fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_span_events(FmtSpan::NONE)
        .with_target(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
