//! The trace that a request belongs to: "X-Amzn-Trace-Id", as AWS X-Ray's "Tracing header" describes it.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName};

pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const LONGEST: usize = 256;

/// The caller's trace if it names one, else a new one.
pub(crate) fn of(headers: &HeaderMap) -> String {
    let given = headers.get(HEADER).and_then(|value| value.to_str().ok());
    match given.filter(|text| text.len() <= LONGEST && text.split(';').any(is_root)) {
        Some(text) => text.to_owned(),
        None => new(),
    }
}

/// `Root=1-<8 hex digits: seconds>-<24 hex digits: random>`.
pub(crate) fn new() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (high, low): (u32, u64) = rand::random();
    format!("Root=1-{seconds:08x}-{high:08x}{low:016x}")
}

fn is_root(field: &str) -> bool {
    let Some(value) = field.trim().strip_prefix("Root=") else { return false };
    let parts: Vec<&str> = value.split('-').collect();
    let hex = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    matches!(parts.as_slice(), ["1", time, random] if hex(time, 8) && hex(random, 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &'static str) -> String {
        of(&HeaderMap::from_iter([(HEADER, http::HeaderValue::from_static(value))]))
    }

    #[test]
    fn a_trace_of_the_caller_is_kept_and_nonsense_replaced() {
        let given = "Self=1-0-0;Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Sampled=1";
        assert_eq!(with(given), given);
        assert!(is_root(&with("Root=nonsense")));
        assert!(is_root(&new()));
    }
}
