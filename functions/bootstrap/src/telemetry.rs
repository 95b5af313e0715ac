//! Logs as JSON lines on stderr, each with the fields of all spans that it stands in: an invocation has the request
//! and trace id, a message of its batch the message id.

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{self, format::FmtSpan},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{Configuration, spans};

/// Installs the subscriber; called once per process.
pub(crate) fn start(configuration: &Configuration) {
    let filter = EnvFilter::try_new(&configuration.log).unwrap_or_else(|_| EnvFilter::new("info"));
    if configuration.spans {
        Registry::default().with(log().with_filter(filter)).with(spans::layer()).init();
    } else {
        // One filter for everything: what no line is written for is not even looked at.
        Registry::default().with(filter).with(log()).init();
    }
}

fn log<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_span_events(FmtSpan::NONE)
        .with_target(true)
        .with_writer(std::io::stderr)
}
