//! Secrets that the database has to give back, sealed under a key that the database does not have: AES-256-GCM
//! (NIST SP 800-38D). Each sealed text names its key, so that keys can be replaced one by one, and is bound to what
//! it belongs to: moved to another row it opens no more.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};

use crate::{Failure, Kind};

/// The keys, the newest first.
pub struct SealingKeys(Vec<(String, LessSafeKey)>);

/// Why something was not sealed or opened: the configuration is at fault, or somebody changed the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not `id:base64 of 32 bytes`, comma-separated.
    #[error("a sealing key is not `id:base64 of 32 bytes`")]
    Keys,
    /// No key has the id that the sealed text names.
    #[error("there is no sealing key {0:?}")]
    UnknownKey(String),
    /// Sealed for something else, or changed.
    #[error("a sealed secret does not open")]
    Broken,
}

impl Failure for SealError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

impl SealingKeys {
    /// Reads `id:base64,id:base64`; ids have 1..=255 bytes.
    ///
    /// # Errors
    /// [`SealError::Keys`].
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let key = |entry: &str| {
            let (id, key) = entry.trim().split_once(':')?;
            let key = UnboundKey::new(&AES_256_GCM, &STANDARD.decode(key).ok()?).ok()?;
            let fits = u8::try_from(id.len()).is_ok_and(|length| length > 0);
            fits.then(|| (id.to_owned(), LessSafeKey::new(key)))
        };
        text.split(',').map(key).collect::<Option<Vec<_>>>().map(Self).ok_or(SealError::Keys)
    }

    /// Seals a secret that belongs to `context`. Length of the key's id, the id, the nonce, the sealed text.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn seal(&self, context: &[u8], secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let (id, key) = self.0.first().ok_or(SealError::Keys)?;
        let mut nonce = [0_u8; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError::Broken)?;
        let mut text = secret.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut text)
            .map_err(|_| SealError::Broken)?;
        let length = u8::try_from(id.len()).map_err(|_| SealError::Keys)?;
        Ok([&[length], id.as_bytes(), &nonce, &text].concat())
    }

    /// Opens what was sealed for `context`.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (length, rest) = sealed.split_first().ok_or(SealError::Broken)?;
        let (id, rest) = rest.split_at_checked(usize::from(*length)).ok_or(SealError::Broken)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Broken)?;
        let known = self.0.iter().find(|(known, _)| known.as_bytes() == id);
        let (_, key) =
            known.ok_or_else(|| SealError::UnknownKey(String::from_utf8_lossy(id).into_owned()))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Broken)?;
        let mut text = text.to_vec();
        let opened =
            key.open_in_place(nonce, Aad::from(context), &mut text).map_err(|_| SealError::Broken)?;
        Ok(opened.to_vec())
    }
}

impl std::fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(id, _)| id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(ids: &[(&str, u8)]) -> SealingKeys {
        let entries = ids.iter().map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32])));
        SealingKeys::parse(&entries.collect::<Vec<_>>().join(",")).unwrap()
    }

    #[test]
    fn a_secret_opens_for_what_it_was_sealed_for_and_nothing_else() {
        let keys = keys(&[("a", 1)]);
        let sealed = keys.seal(b"ann", b"secret").unwrap();
        assert_eq!(keys.open(b"ann", &sealed).unwrap(), b"secret");
        assert_eq!(keys.open(b"bob", &sealed), Err(SealError::Broken));
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(keys.open(b"ann", &changed), Err(SealError::Broken));
        assert_ne!(keys.seal(b"ann", b"secret").unwrap(), sealed, "a nonce is used once");
    }

    #[test]
    fn a_new_key_seals_while_the_old_one_still_opens() {
        let sealed = keys(&[("a", 1)]).seal(b"ann", b"secret").unwrap();
        assert_eq!(keys(&[("b", 2), ("a", 1)]).open(b"ann", &sealed).unwrap(), b"secret");
        assert_eq!(keys(&[("b", 2)]).open(b"ann", &sealed), Err(SealError::UnknownKey("a".to_owned())));
    }

    #[test]
    fn keys_that_cannot_be_read_are_told() {
        for text in ["", "a", "a:short", ":AAAA"] {
            assert_eq!(SealingKeys::parse(text).unwrap_err(), SealError::Keys, "{text}");
        }
    }
}
