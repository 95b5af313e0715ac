//! Time-based one-time passwords (RFC 6238): six digits of HMAC-SHA-1 over the number of the half minute.

use chrono::{DateTime, Utc};
use rand::{TryRngCore, rngs::OsRng};
use ring::hmac;

use crate::{
    UserId,
    seal::{SealError, SealingKeys},
};

/// Seconds of a time step.
const STEP_S: i64 = 30;
/// Codes of this many steps before and after are taken: clocks differ, and typing takes time (RFC 6238, 5.2).
const SKEW: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What an authenticator app and we both know: 160 random bits (RFC 4226, 4). Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Vec<u8>);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl TotpSecret {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        let mut random = vec![0; 20];
        OsRng.try_fill_bytes(&mut random).expect("the system's random generator is there");
        Self(random)
    }

    /// For typing into an app: base32 without padding (RFC 4648, 6).
    #[must_use]
    pub fn base32(&self) -> String {
        base32(&self.0)
    }

    /// What the QR code holds (Google Authenticator: "Key URI Format").
    #[must_use]
    pub fn uri(&self, email: &str) -> String {
        let label: String = email.bytes().map(escaped).collect();
        format!("otpauth://totp/Velox:{label}?secret={}&issuer=Velox", self.base32())
    }

    /// Sealed for one person: to store, or to come back with a form.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn sealed(&self, keys: &SealingKeys, user: UserId) -> Result<Vec<u8>, SealError> {
        keys.seal(&context(user), &self.0)
    }

    /// What was sealed for this person.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn open(keys: &SealingKeys, user: UserId, sealed: &[u8]) -> Result<Self, SealError> {
        keys.open(&context(user), sealed).map(Self)
    }

    /// The time step around `now` that has this code. Blanks in it do not count.
    pub(super) fn matching_step(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = now.timestamp() / STEP_S;
        (step - SKEW..=step + SKEW).find(|step| self.code(*step) == code)
    }

    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let digest = hmac::sign(&key, &step.to_be_bytes());
        let digest = digest.as_ref();
        // RFC 4226, 5.3: the last half byte says where four bytes are read.
        let offset = usize::from(digest.last().copied().unwrap_or_default() & 0xf);
        let four = digest[offset..offset + 4].iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        format!("{:06}", (four & 0x7fff_ffff) % 1_000_000)
    }
}

fn context(user: UserId) -> Vec<u8> {
    format!("totp:{user}").into_bytes()
}

fn escaped(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
    if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// Five bits a letter.
pub(super) fn base32(bytes: &[u8]) -> String {
    let (mut text, mut buffer, mut bits) = (String::new(), 0_u32, 0_u32);
    let letter = |five: u32| char::from(ALPHABET[usize::try_from(five & 31).unwrap_or_default()]);
    for byte in bytes {
        buffer = (buffer << 8 | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(buffer >> bits));
        }
    }
    if bits > 0 {
        text.push(letter(buffer << (5 - bits)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B: the last six digits of the SHA-1 column.
    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        let secret = TotpSecret(b"12345678901234567890".to_vec());
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(seconds / STEP_S), code, "{seconds}");
            assert_eq!(secret.matching_step(code, at(seconds)), Some(seconds / STEP_S));
        }
    }

    #[test]
    fn a_code_is_good_for_a_step_before_and_after_and_with_blanks() {
        let secret = TotpSecret(b"12345678901234567890".to_vec());
        for (seconds, taken) in [(59, true), (89, true), (90, false), (29, true)] {
            assert_eq!(secret.matching_step("287 082", at(seconds)).is_some(), taken, "{seconds}");
        }
    }

    /// RFC 4648, 10.
    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn apps_get_a_uri_with_the_address_escaped() {
        let secret = TotpSecret(b"12345678901234567890".to_vec());
        let uri = secret.uri("a+b@acme.example");
        let expected =
            "otpauth://totp/Velox:a%2Bb@acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Velox";
        assert_eq!(uri, expected);
    }
}
