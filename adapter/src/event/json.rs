//! JSON written straight into one buffer.
//!
//! An event is mostly strings that need no escaping. Looking at eight bytes at a time and copying whole runs
//! writes it several times faster than a tree of maps that is built first and then serialized.

use base64::{Engine, engine::general_purpose::STANDARD};

/// What has been written so far. Punctuation is the caller's, with [`Json::raw`].
#[derive(Debug)]
pub(super) struct Json(Vec<u8>);

impl Json {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// What is JSON already: punctuation, constant names, or text that needs no escaping.
    pub(super) fn raw(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    /// A string with its quotes.
    pub(super) fn string(&mut self, text: &str) {
        self.0.push(b'"');
        self.part(text);
        self.0.push(b'"');
    }

    /// A piece of a string, without quotes.
    pub(super) fn part(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        loop {
            let run = length_without_escapes(rest);
            self.0.extend_from_slice(&rest[..run]);
            let Some(&byte) = rest.get(run) else { return };
            self.escape(byte);
            rest = &rest[run + 1..];
        }
    }

    /// A piece of a string from a header's value: UTF-8, else Latin-1, which HTTP once said it was.
    pub(super) fn header_part(&mut self, value: &[u8]) {
        if let Ok(text) = std::str::from_utf8(value) {
            self.part(text);
        } else {
            for &byte in value {
                self.part(char::from(byte).encode_utf8(&mut [0; 2]));
            }
        }
    }

    /// A string of bytes in base64, with its quotes.
    pub(super) fn base64(&mut self, bytes: &[u8]) {
        self.0.push(b'"');
        let start = self.0.len();
        // The length is known beforehand and is enough, so that nothing is left to fail.
        let length = bytes.len().div_ceil(3) * 4;
        self.0.resize(start + length, 0);
        let written = STANDARD.encode_slice(bytes, &mut self.0[start..]).unwrap_or_default();
        self.0.truncate(start + written);
        self.0.push(b'"');
    }

    /// An object of strings.
    pub(super) fn object<'a>(&mut self, fields: impl Iterator<Item = (&'a str, &'a str)>) {
        self.raw("{");
        for (number, (name, value)) in fields.enumerate() {
            self.raw(if number == 0 { "" } else { "," });
            self.string(name);
            self.raw(":");
            self.string(value);
        }
        self.raw("}");
    }

    pub(super) fn number(&mut self, number: i64) {
        if number < 0 {
            self.0.push(b'-');
        }
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut rest = number.unsigned_abs();
        while start == digits.len() || rest > 0 {
            start -= 1;
            // A digit is less than ten.
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.0.extend_from_slice(&digits[start..]);
    }

    /// Two digits, as in dates.
    pub(super) fn two_digits(&mut self, number: u32) {
        self.0.extend([b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]);
    }

    /// What displays as text that needs no escaping, such as an IP address; without quotes.
    pub(super) fn display(&mut self, value: impl std::fmt::Display) {
        use std::io::Write;
        // A vector takes everything.
        let _ = write!(self.0, "{value}");
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                self.0.extend_from_slice(b"\\u00");
                self.0.extend_from_slice(&digits);
                return;
            }
        };
        self.0.extend_from_slice(&[b'\\', short]);
    }
}

/// How many bytes at the start can stand in a JSON string as they are.
fn length_without_escapes(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let clean = words.iter().take_while(|word| !has_escape(u64::from_le_bytes(**word))).count() * 8;
    let dirty = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    clean + bytes[clean..].iter().position(dirty).unwrap_or(bytes.len() - clean)
}

/// Whether any of eight bytes is a control character, a quotation mark or a backslash.
fn has_escape(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    let quote = has_zero(word ^ (ONES * b'"' as u64));
    let backslash = has_zero(word ^ (ONES * b'\\' as u64));
    control | quote | backslash != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::with_capacity(0);
        write(&mut json);
        String::from_utf8(json.into_bytes()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn strings_and_numbers_are_what_serde_json_writes(
            text in prop_oneof![".{0,40}", "[\\x00-\\x7f]{0,40}", "[a-z\"\\\\é]{0,40}"],
            number in any::<i64>(),
            bytes in any::<Vec<u8>>(),
        ) {
            prop_assert_eq!(written(|json| json.string(&text)), serde_json::to_string(&text).unwrap());
            prop_assert_eq!(written(|json| json.number(number)), number.to_string());
            prop_assert_eq!(written(|json| json.base64(&bytes)), format!("\"{}\"", STANDARD.encode(&bytes)));
        }
    }

    #[test]
    fn a_header_that_is_not_utf8_is_read_as_latin1() {
        assert_eq!(written(|json| json.header_part(b"Z\xfcrich \"1\"")), "Zürich \\\"1\\\"");
        assert_eq!(written(|json| json.header_part("Zürich".as_bytes())), "Zürich");
    }

    #[test]
    fn zero_and_the_ends_of_the_range_are_written() {
        for number in [0, 7, i64::MAX, i64::MIN] {
            assert_eq!(written(|json| json.number(number)), number.to_string());
        }
    }
}
