//! The link's secret: the organization and 256 random bits, in base64url (RFC 4648, 5). It names its organization so
//! that it is looked up inside that tenant; only its SHA-256 is stored.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::OrganizationId;

/// Characters that 16 bytes take.
const TENANT: usize = 22;

/// What a letter's link carries. Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationToken {
    text: String,
    organization: OrganizationId,
}

impl InvitationToken {
    pub(super) fn generate(organization: OrganizationId) -> Self {
        let mut random = [0_u8; 32];
        OsRng.try_fill_bytes(&mut random).expect("the system's random generator is there");
        let text = URL_SAFE_NO_PAD.encode(organization.0) + &URL_SAFE_NO_PAD.encode(random);
        Self { text, organization }
    }

    /// Reads what a link carried; none when it cannot be a token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (tenant, secret) = (text.get(..TENANT)?, text.get(TENANT..)?);
        let tenant = URL_SAFE_NO_PAD.decode(tenant).ok()?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
        let organization = OrganizationId(Uuid::from_slice(&tenant).ok()?);
        (secret.len() == 32).then(|| Self { text: text.to_owned(), organization })
    }

    /// The text for a link.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The organization that it claims.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

impl fmt::Debug for InvitationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_token_is_read_back_and_other_texts_are_none() {
        let organization = OrganizationId::new(DateTime::from_timestamp(1_795_363_200, 0).unwrap());
        let token = InvitationToken::generate(organization);
        let parsed = InvitationToken::parse(token.expose()).unwrap();
        assert_eq!((parsed.organization(), parsed.hash()), (organization, token.hash()));
        let cut = &token.expose()[..64];
        for text in ["", "x", cut, "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", &"A".repeat(200)] {
            assert!(InvitationToken::parse(text).is_none(), "{text}");
        }
    }
}
