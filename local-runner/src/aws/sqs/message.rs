//! A message: its body and attributes, the limits on them, and the digests by which an SDK checks its transport.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::error::SqsError;

/// A message as it was sent; how often it was received and where it stands is the queue's business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: MessageAttributes,
    /// The X-Ray header, the only system attribute that a sender may set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace_header: Option<String>,
    /// When it was sent, in ms since 1970.
    pub(super) sent_ms: i64,
    /// The message group: orders the messages of a FIFO queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Arc<str>>,
    /// By which a FIFO queue tells duplicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deduplication: Option<String>,
    /// The ARN of the queue from which it came into a dead-letter queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dead_letter_source: Option<String>,
}

/// Attributes of a message, by name.
pub(super) type MessageAttributes = BTreeMap<String, AttributeValue>;

/// The value of a message attribute. Kept as it came: binary values in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributeValue {
    #[serde(default)]
    pub(super) data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) string_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) binary_value: Option<String>,
}

/// The MD5 of a body, in hex.
pub(super) fn digest(body: &str) -> String {
    hex(&Md5::digest(body.as_bytes()))
}

/// The MD5 of message attributes, in hex, as the SQS developer guide describes under "Amazon SQS message metadata":
/// by name, each of name, type and value after its length, and a byte that tells text from binary. None without any.
pub(super) fn digest_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a AttributeValue)>,
) -> Option<String> {
    let mut attributes = attributes.into_iter().peekable();
    attributes.peek()?;
    let mut hasher = Md5::new();
    for (name, value) in attributes {
        update_with_length(&mut hasher, name.as_bytes());
        update_with_length(&mut hasher, value.data_type.as_bytes());
        match (&value.string_value, &value.binary_value) {
            (_, Some(binary)) => {
                hasher.update([2]);
                update_with_length(&mut hasher, &BASE64.decode(binary).unwrap_or_default());
            }
            (text, None) => {
                hasher.update([1]);
                update_with_length(&mut hasher, text.as_deref().unwrap_or_default().as_bytes());
            }
        }
    }
    Some(hex(&hasher.finalize()))
}

fn update_with_length(hasher: &mut Md5, bytes: &[u8]) {
    hasher.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    hasher.update(bytes);
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Checks a body and returns its size in bytes.
pub(super) fn check_body(body: &str) -> Result<usize, SqsError> {
    if body.is_empty() {
        return Err(SqsError::MissingParameter("MessageBody"));
    }
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    if body.chars().all(allowed) { Ok(body.len()) } else { Err(SqsError::InvalidMessageContents) }
}

/// Checks attributes and returns their size in bytes: names, types and values.
pub(super) fn check_attributes(attributes: &MessageAttributes) -> Result<usize, SqsError> {
    if attributes.len() > 10 {
        return Err(SqsError::InvalidParameterValue(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [10].",
            attributes.len()
        )));
    }
    attributes.iter().map(|(name, value)| check_attribute(name, value)).sum()
}

fn check_attribute(name: &str, value: &AttributeValue) -> Result<usize, SqsError> {
    let invalid = |reason: String| Err(SqsError::InvalidParameterValue(reason));
    if !is_attribute_name(name) {
        return invalid(format!("The message attribute name '{name}' is invalid."));
    }
    let (kind, custom) = value.data_type.split_once('.').unwrap_or((&value.data_type, ""));
    if !["String", "Number", "Binary"].contains(&kind) || custom.len() > 255 {
        return invalid(format!(
            "The type of message (user) attribute '{name}' is invalid. You must use \
            only the following supported type prefixes: Binary, Number, String."
        ));
    }
    let empty = || format!("The message attribute '{name}' must contain a non-empty value of its type.");
    let bytes = if kind == "Binary" {
        match value.binary_value.as_deref().map(|text| BASE64.decode(text)) {
            Some(Ok(bytes)) if !bytes.is_empty() => bytes.len(),
            _ => return invalid(empty()),
        }
    } else {
        match value.string_value.as_deref() {
            Some(text) if kind == "Number" && text.trim().parse::<f64>().is_err() => {
                return invalid(format!(
                    "Can't cast the value of message (user) attribute '{name}' to a number."
                ));
            }
            Some(text) if !text.is_empty() => text.len(),
            _ => return invalid(empty()),
        }
    };
    Ok(name.len() + value.data_type.len() + bytes)
}

fn is_attribute_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (1..=256).contains(&name.len())
        && name.bytes().all(allowed)
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.")
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_cannot_carry_are_refused() {
        for body in ["\u{0}", "a\u{1}b", "\u{FFFE}", "\u{FFFF}", "\u{1F}"] {
            assert_eq!(check_body(body), Err(SqsError::InvalidMessageContents), "{body:?}");
        }
        assert_eq!(
            check_body("tab\tline\r\n\u{D7FF}\u{E000}\u{FFFD}\u{1F600}").map(|size| size > 10),
            Ok(true)
        );
    }

    #[test]
    fn attribute_names_follow_the_rules() {
        for good in ["a", "a.b", "A-b_9", &"x".repeat(256)] {
            assert!(is_attribute_name(good), "{good}");
        }
        for bad in ["", ".a", "a.", "a..b", "AWS.x", "amazon.x", "ä", "a b", &"x".repeat(257)] {
            assert!(!is_attribute_name(bad), "{bad}");
        }
    }
}
