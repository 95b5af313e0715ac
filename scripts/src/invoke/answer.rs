//! An invocation's answer: read from HTTP, shown to a person.

use serde_json::{Value, json};

use crate::runner::Reply;

/// What `Invoke` answered (Lambda API reference, "Invoke").
pub(super) struct Answer {
    status: u16,
    function_error: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    pub(super) fn of(reply: Reply) -> Self {
        let function_error = reply.header("x-amz-function-error").map(str::to_owned);
        Self { status: reply.status, function_error, body: reply.body }
    }

    pub(super) fn succeeded(&self) -> bool {
        self.status == 200 && self.function_error.is_none()
    }

    /// For programs. A payload that is no JSON is a text.
    pub(super) fn as_json(&self, ms: u128) -> Value {
        let payload = serde_json::from_slice::<Value>(&self.body)
            .unwrap_or_else(|_| String::from_utf8_lossy(&self.body).into());
        let ms = u64::try_from(ms).unwrap_or(u64::MAX);
        json!({ "status": self.status, "function_error": self.function_error, "ms": ms, "payload": payload })
    }

    /// Status and payload; an HTTP response as one.
    pub(super) fn shown(&self, ms: u128) -> String {
        let outcome = match &self.function_error {
            Some(kind) => format!("failed: {kind}"),
            None if self.status == 200 => "ok".to_owned(),
            None => format!("refused: {}", self.status),
        };
        let payload = match serde_json::from_slice::<Value>(&self.body) {
            Ok(value) => http_response(&value).unwrap_or_else(|| pretty(&value)),
            Err(_) => String::from_utf8_lossy(&self.body).into_owned(),
        };
        format!("{outcome} ({ms} ms)\n{payload}")
    }
}

/// An API Gateway HTTP API response (payload 2.0), if it is one.
fn http_response(value: &Value) -> Option<String> {
    let status = value.get("statusCode")?.as_u64()?;
    let mut lines = vec![format!("HTTP {status}")];
    for (name, value) in value.get("headers").and_then(Value::as_object).into_iter().flatten() {
        lines.push(format!("{name}: {}", text(value)));
    }
    for cookie in value.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        lines.push(format!("set-cookie: {}", text(cookie)));
    }
    let body = value.get("body").map(text).unwrap_or_default();
    let encoded = value.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or_default();
    lines.push(String::new());
    lines.push(match serde_json::from_str::<Value>(&body) {
        _ if encoded => format!("({} characters of base64)", body.len()),
        Ok(json) => pretty(&json),
        Err(_) => body,
    });
    Some(lines.join("\n"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Answer {
        Answer::of(Reply::parse(bytes).unwrap())
    }

    #[test]
    fn an_http_response_reads_like_one() {
        let payload = r#"{"statusCode":303,"headers":{"location":"/dashboard"},"cookies":["s=1"],"body":""}"#;
        let answer = of(format!("HTTP/1.1 200 OK\r\nx: y\r\n\r\n{payload}").as_bytes());
        assert_eq!(answer.shown(3), "ok (3 ms)\nHTTP 303\nlocation: /dashboard\nset-cookie: s=1\n\n");
        assert!(answer.succeeded());
    }

    #[test]
    fn a_failed_function_is_told_from_one_that_answered() {
        let bytes = b"HTTP/1.1 200 OK\r\nX-Amz-Function-Error: Unhandled\r\n\r\n{\"errorType\":\"x\"}";
        let answer = of(bytes);
        assert!(!answer.succeeded());
        assert!(answer.shown(1).starts_with("failed: Unhandled"));
        let for_programs = json!({
            "status": 200, "function_error": "Unhandled", "ms": 1, "payload": { "errorType": "x" }
        });
        assert_eq!(answer.as_json(1), for_programs);
    }
}
