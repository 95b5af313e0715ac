//! A function's JSON log line, shortened to what a developer looks for.

use serde_json::{Map, Value};

/// Level, message, and the fields that are not the same on every line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LogLine {
    pub(super) level: String,
    pub(super) message: String,
    pub(super) fields: String,
}

/// Known from the line's place in the log, or noise to a person.
const LEFT_OUT: [&str; 9] =
    ["timestamp", "time", "level", "message", "target", "fields", "span", "spans", "request_id"];

/// None for lines that are not a JSON log line: they are shown as they are.
pub(super) fn render(line: &str) -> Option<LogLine> {
    let Value::Object(line) = serde_json::from_str(line).ok()? else { return None };
    let level = line.get("level")?.as_str()?.to_uppercase();
    let inner = line.get("fields").and_then(Value::as_object);
    let message = text(line.get("message").or_else(|| inner?.get("message")).unwrap_or(&Value::Null));
    let mut shown = Vec::new();
    for object in [Some(&line), inner].into_iter().flatten() {
        shown.extend(fields(object));
    }
    Some(LogLine { level, message, fields: shown.join(" ") })
}

fn fields(object: &Map<String, Value>) -> impl Iterator<Item = String> {
    let shown = object.iter().filter(|(key, value)| !LEFT_OUT.contains(&key.as_str()) && !value.is_null());
    shown.map(|(key, value)| format!("{key}={}", text(value)))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_message_and_fields_remain_of_a_json_line() {
        let line = r#"{"timestamp":"2026-03-01T10:00:00Z","level":"info","fields":{"message":"imported","rows":40},"target":"jobs","request_id":"x"}"#;
        let shown = render(line).unwrap();
        assert_eq!(
            (shown.level.as_str(), shown.message.as_str(), shown.fields.as_str()),
            ("INFO", "imported", "rows=40")
        );
    }

    #[test]
    fn other_output_is_left_as_it_is() {
        assert_eq!(render("thread 'main' panicked at src/lib.rs"), None);
        assert_eq!(render("[1, 2]"), None);
    }
}
