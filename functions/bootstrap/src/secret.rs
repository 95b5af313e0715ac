//! Random secrets that a browser or a mail carries. Tables hold only their SHA-256: whoever reads a table cannot
//! act for anybody.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRngCore, rngs::OsRng};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// 256 random bits as base64url, or whatever was presented as such. Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// What a cookie, link or form carries; any text may be presented.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For the cookie, link or form.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn generate() -> Self {
        let mut random = [0_u8; 32];
        OsRng.try_fill_bytes(&mut random).expect("the system's random generator is there");
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// What a table knows it by.
    pub(crate) fn id(&self) -> String {
        hashed(&[&self.0])
    }

    /// The same for a secret that is good for one purpose alone.
    pub(crate) fn id_for(&self, purpose: &str) -> String {
        hashed(&[purpose, &self.0])
    }
}

/// SHA-256 of the parts, with a zero byte between them, as base64url.
pub(crate) fn hashed(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update([0]);
        }
        hash.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
