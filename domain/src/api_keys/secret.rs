//! The key's text: `velox_<organization>_<secret>`, both in base64url without padding (RFC 4648, 5).
//!
//! It names its organization so that the key is looked up inside that tenant: no query ever searches the keys
//! of all tenants. Only the SHA-256 of the whole text is stored; it has 256 random bits, so no slow hash is
//! needed.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::OrganizationId;

const PREFIX: &str = "velox_";

/// A whole key. Shown once, when it is made; its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: String,
    organization: OrganizationId,
}

impl Secret {
    /// A new random key.
    #[must_use]
    pub fn generate(organization: OrganizationId) -> Self {
        let mut random = [0_u8; 32];
        OsRng.try_fill_bytes(&mut random).expect("the system's random generator is there");
        let (tenant, secret) = (URL_SAFE_NO_PAD.encode(organization.0), URL_SAFE_NO_PAD.encode(random));
        Self { text: format!("{PREFIX}{tenant}_{secret}"), organization }
    }

    /// Reads a presented key; none when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        // Base64url has an underscore of its own: lengths tell where the parts end.
        let (tenant, secret) = (rest.get(..22)?, rest.get(22..)?.strip_prefix('_')?);
        let tenant = URL_SAFE_NO_PAD.decode(tenant).ok()?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
        let organization = OrganizationId(Uuid::from_slice(&tenant).ok()?);
        (secret.len() == 32).then(|| Self { text: text.to_owned(), organization })
    }

    /// The organization that it claims.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The text, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Enough to recognize it in a list.
    pub(super) fn visible(&self) -> String {
        format!("{PREFIX}…{}", &self.text[self.text.len() - 4..])
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_key_is_read_back_whatever_its_random_bytes() {
        for second in 0..200 {
            let organization = OrganizationId::new(DateTime::from_timestamp(second, 0).unwrap());
            let secret = Secret::generate(organization);
            let parsed = Secret::parse(secret.expose()).unwrap();
            assert_eq!((parsed.organization(), parsed.hash()), (organization, secret.hash()));
        }
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in ["", "velox_", "velox_x_y", "Bearer velox_", "velox_ÄÄÄÄÄÄÄÄÄÄÄ_a", &"velox_".repeat(20)]
        {
            assert!(Secret::parse(text).is_none(), "{text}");
        }
    }
}
