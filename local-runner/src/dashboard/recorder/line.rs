//! A line that a function wrote.

use adapter::observer::OutputStream;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// A line, taken apart where it is one of our JSON log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// `ERROR`, `WARN`, … of a log line.
    pub level: Option<String>,
    /// The message, or the line as it was.
    pub message: String,
    /// Fields as `name=value`, those left out that every line has.
    pub fields: String,
    /// Written to standard error and no log line: a panic, for example.
    pub plain_error: bool,
}

/// Known from the line's place, or noise to a person.
const LEFT_OUT: [&str; 10] =
    ["timestamp", "time", "level", "message", "target", "fields", "span", "spans", "request_id", "trace_id"];

/// The longest line that is kept, in bytes.
const LONGEST: usize = 8_000;

impl Line {
    pub(super) fn size(&self) -> usize {
        120 + self.message.len() + self.fields.len()
    }
}

/// The line, and the request that it belongs to when it says so.
pub(crate) fn read(text: &str, stream: OutputStream, now: DateTime<Utc>) -> (Option<String>, Line) {
    let Some(object) = log_line(text) else {
        let plain_error = stream == OutputStream::Stderr;
        let message = shortened(text.to_owned());
        return (None, Line { at: now, level: None, message, fields: String::new(), plain_error });
    };
    let inner = object.get("fields").and_then(Value::as_object);
    let message = object.get("message").or_else(|| inner?.get("message")).map(shown).unwrap_or_default();
    let fields: Vec<_> = [Some(&object), inner].into_iter().flatten().flat_map(fields).collect();
    let at = object.get("timestamp").and_then(Value::as_str);
    let at = at.and_then(|at| DateTime::parse_from_rfc3339(at).ok()).map_or(now, |at| at.to_utc());
    let level = object.get("level").and_then(Value::as_str).map(str::to_uppercase);
    let line = Line {
        at,
        level,
        message: shortened(message),
        fields: shortened(fields.join(" ")),
        plain_error: false,
    };
    (request_id(&object), line)
}

fn log_line(text: &str) -> Option<Map<String, Value>> {
    if !text.starts_with('{') {
        return None;
    }
    let Value::Object(object) = serde_json::from_str(text).ok()? else { return None };
    object.get("level")?.as_str()?;
    Some(object)
}

/// Of the line itself, else of a span that it stands in.
fn request_id(line: &Map<String, Value>) -> Option<String> {
    let spans = line.get("spans").and_then(Value::as_array).into_iter().flatten();
    let own = line.get("request_id").or_else(|| line.get("requestId"));
    let id = own.or_else(|| spans.filter_map(|span| span.get("request_id")).next());
    id.and_then(Value::as_str).map(str::to_owned)
}

fn fields(object: &Map<String, Value>) -> impl Iterator<Item = String> {
    let shows = |(name, value): &(&String, &Value)| !LEFT_OUT.contains(&name.as_str()) && !value.is_null();
    object.iter().filter(shows).map(|(name, value)| format!("{name}={}", shown(value)))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_belongs_to_the_request_whose_span_it_stands_in() {
        let text = r#"{"timestamp":"2026-03-01T10:00:00.5Z","level":"warn","message":"slow","rows":3,"target":"x",
            "spans":[{"name":"request","request_id":"r-1"},{"name":"message","message_id":"m"}]}"#;
        let (id, line) = read(text, OutputStream::Stderr, DateTime::UNIX_EPOCH);
        assert_eq!(id.as_deref(), Some("r-1"));
        let seen = (line.level.as_deref(), line.message.as_str(), line.fields.as_str(), line.plain_error);
        assert_eq!(seen, (Some("WARN"), "slow", "rows=3", false));
        assert_eq!(line.at.timestamp_subsec_millis(), 500);
    }

    #[test]
    fn anything_else_is_kept_as_it_is() {
        for text in ["thread 'main' panicked at src/lib.rs:1:2:", "[1]", "{\"level\":1}", "{"] {
            let (id, line) = read(text, OutputStream::Stderr, DateTime::UNIX_EPOCH);
            assert_eq!((id, line.message.as_str(), line.plain_error), (None, text, true));
        }
    }

    #[test]
    fn a_line_without_end_is_cut_between_two_letters() {
        let (_, line) = read(&"ü".repeat(LONGEST), OutputStream::Stdout, DateTime::UNIX_EPOCH);
        assert!(line.message.len() <= LONGEST + '…'.len_utf8() && line.message.ends_with('…'));
    }
}
