//! An invocation's id: a random UUID as the text that goes into headers, events and logs.

use std::fmt;

use uuid::Builder;

const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;

/// Unique; functions know it as the request id. It is compared and copied far more often than made, so it is
/// kept as text without an allocation.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct InvocationId([u8; LENGTH]);

impl InvocationId {
    /// A new one (UUID version 4), without asking the kernel for randomness each time.
    pub(crate) fn new() -> Self {
        let uuid = Builder::from_random_bytes(rand::random()).into_uuid();
        let mut text = [0; LENGTH];
        uuid.hyphenated().encode_lower(&mut text);
        Self(text)
    }

    /// The id that a runtime names; none if it is not of the form that ids have here.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        bytes.is_ascii().then_some(Self(bytes))
    }

    /// In lower case, with hyphens.
    pub(crate) fn as_str(&self) -> &str {
        // Made of a UUID's text, or checked when it was read.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_are_read_back() {
        let (one, other) = (InvocationId::new(), InvocationId::new());
        assert_ne!(one, other);
        assert_eq!(InvocationId::named(one.as_str()), Some(one));
        assert!(uuid::Uuid::parse_str(one.as_str()).is_ok_and(|uuid| uuid.get_version_num() == 4));
        for text in ["", "unknown", &"é".repeat(18)] {
            assert_eq!(InvocationId::named(text), None, "{text}");
        }
    }
}
