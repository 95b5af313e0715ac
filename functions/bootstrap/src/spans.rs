//! Where an invocation's time goes, told to the local runner: one JSON line on stderr for each span that ends and
//! for each statement to the database. Only the local runner asks for it (`VELOX_SPANS`); anywhere else this layer
//! is not there.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, LevelFilter, filter_fn},
    layer::Context,
    registry::LookupSpan,
};

/// sqlx tells each statement under this target, when it has ended.
const STATEMENTS: &str = "sqlx::query";
/// Each operation of the AWS SDK is a span of its service's crate.
const AWS: &str = "aws_sdk_";

/// The layer, with the filter that lets only what it tells of reach it.
pub(crate) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    Spans.with_filter(filter_fn(is_told).and(LevelFilter::DEBUG))
}

fn is_told(metadata: &Metadata<'_>) -> bool {
    if metadata.is_span() {
        *metadata.level() <= Level::INFO || metadata.target().starts_with(AWS)
    } else {
        metadata.target() == STATEMENTS
    }
}

struct Spans;

/// What is known of an open span.
struct Open {
    start_us: u64,
    started: Instant,
    request_id: Option<String>,
    detail: String,
}

#[derive(Serialize)]
struct Line<'a> {
    velox_span: u8,
    request_id: &'a str,
    span: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    kind: &'static str,
    name: &'a str,
    start_us: u64,
    us: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let request_id = fields.text.remove("request_id");
        let aws = span.metadata().target().starts_with(AWS);
        let detail = if aws { String::new() } else { fields.joined() };
        let open = Open { start_us: now_us(), started: Instant::now(), request_id, detail };
        span.extensions_mut().insert(open);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(request_id) = span.scope().find_map(|span| request_of(&span)) else { return };
        let extensions = span.extensions();
        let Some(open) = extensions.get::<Open>() else { return };
        let kind = match span.metadata() {
            metadata if metadata.target().starts_with(AWS) => "aws",
            _ if open.request_id.is_some() => "root",
            _ => "part",
        };
        let us = u64::try_from(open.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (name, start_us, detail) = (span.name(), open.start_us, open.detail.as_str());
        tell(&request_id, Told { kind, name, start_us, us, detail, rows: None });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let scope = context.event_scope(event).into_iter().flatten();
        let Some(request_id) = scope.into_iter().find_map(|span| request_of(&span)) else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let number = |name| fields.numbers.get(name).copied().unwrap_or_default();
        let us = (number("elapsed_secs") * 1e6) as u64;
        let summary = fields.text.get("summary").map(String::as_str).unwrap_or_default();
        let statement = fields.text.get("db.statement").map(|text| text.trim()).unwrap_or_default();
        let rows = number("rows_returned").max(number("rows_affected")) as u64;
        tell(
            &request_id,
            Told {
                kind: "sql",
                name: summary.trim_end_matches(" …"),
                start_us: now_us().saturating_sub(us),
                us,
                detail: statement,
                rows: Some(rows),
            },
        );
    }
}

fn request_of<'a, R: LookupSpan<'a>>(span: &tracing_subscriber::registry::SpanRef<'a, R>) -> Option<String> {
    span.extensions().get::<Open>()?.request_id.clone()
}

#[expect(clippy::disallowed_methods, reason = "a measurement, which no handler works with")]
fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// One write a line, so that lines of several threads do not mix. Nobody listening is no reason to fail.
fn tell(request_id: &str, span: Told<'_>) {
    if let Ok(mut line) = serde_json::to_vec(&Line { velox_span: 1, request_id, span }) {
        line.push(b'\n');
        let _ = std::io::stderr().lock().write_all(&line);
    }
}

/// The values of a span or an event.
#[derive(Default)]
struct Fields {
    text: BTreeMap<&'static str, String>,
    numbers: BTreeMap<&'static str, f64>,
}

impl Fields {
    /// As a person reads them.
    fn joined(&self) -> String {
        let text = self.text.iter().map(|(name, value)| format!("{name}={value}"));
        let numbers = self.numbers.iter().map(|(name, value)| format!("{name}={value}"));
        text.chain(numbers).collect::<Vec<_>>().join(" ")
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text.insert(field.name(), format!("{value:?}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.numbers.insert(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.numbers.insert(field.name(), value as f64);
    }
}
