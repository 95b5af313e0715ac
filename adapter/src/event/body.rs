//! The body of a request and whether it had to be base64: two fields that every HTTP event has.

use super::json::Json;

/// What stands for a body that is empty.
#[derive(Clone, Copy, Debug)]
pub(super) enum Empty {
    /// No field at all.
    Absent,
    /// `null`.
    Null,
    /// `""`.
    Text,
}

/// Writes `,"body":…,"isBase64Encoded":…`. Text as it is; base64 only for what JSON cannot carry.
pub(super) fn write(json: &mut Json, body: &[u8], empty: Empty) {
    match (std::str::from_utf8(body), empty) {
        (Ok(""), Empty::Absent) => {}
        (Ok(""), Empty::Null) => json.raw(r#","body":null"#),
        (Ok(text), _) => {
            json.raw(r#","body":"#);
            json.string(text);
        }
        (Err(_), _) => {
            json.raw(r#","body":"#);
            json.base64(body);
            json.raw(r#","isBase64Encoded":true"#);
            return;
        }
    }
    json.raw(r#","isBase64Encoded":false"#);
}
