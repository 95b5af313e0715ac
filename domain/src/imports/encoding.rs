//! From bytes to text. Spreadsheets still write other encodings than UTF-8; reading those wrongly would be
//! noticed on the first invoice, refusing them helps nobody.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// A file's text, and the encoding under which it was read if that is worth telling.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) read_as: Option<&'static str>,
}

/// UTF-8, with or without byte order mark; UTF-16 by its mark; else Windows-1252. None for what has NUL bytes
/// in it and is no text at all.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    let (encoding, rest) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..]),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, bytes),
        None => (WINDOWS_1252, bytes),
    };
    let (text, _) = encoding.decode_without_bom_handling(rest);
    let read_as = (encoding != UTF_8).then(|| encoding.name());
    (!text.contains('\0')).then_some(Decoded { text, read_as })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, Option<&'static str>) {
        let decoded = decode(bytes).unwrap();
        (decoded.text.into_owned(), decoded.read_as)
    }

    #[test]
    fn the_encodings_of_spreadsheets_are_read() {
        assert_eq!(read("Zürich".as_bytes()), ("Zürich".into(), None));
        assert_eq!(read(b"\xEF\xBB\xBFZ\xC3\xBCrich"), ("Zürich".into(), None));
        assert_eq!(read(b"Z\xFCrich"), ("Zürich".into(), Some("windows-1252")));
        assert_eq!(read(b"\xFF\xFEZ\0\xFC\0"), ("Zü".into(), Some("UTF-16LE")));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert!(decode(b"PK\x03\x04\0\0\0").is_none());
    }
}
