//! Encryption of SecureString values: ChaCha20-Poly1305 (RFC 8439) under a key that is a file of the state directory.
//! It keeps values out of backups, searches and screens of that directory's other files; who can read the key reads
//! the values.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

const KEY_BYTES: usize = 32;

/// The key.
pub(super) struct Seal {
    key: LessSafeKey,
    random: SystemRandom,
}

/// A value could not be encrypted, or is not what was encrypted here.
#[derive(Debug)]
pub(super) struct SealBroken;

impl Seal {
    /// Reads the key, or makes one that only its owner can read.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let random = SystemRandom::new();
        let mut key = [0; KEY_BYTES];
        match File::open(path) {
            Ok(mut file) => {
                file.read_exact(&mut key)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                random.fill(&mut key).map_err(|_| io::Error::other("there is no randomness"))?;
                write_new(path, &key)?;
            }
            Err(error) => return Err(error),
        }
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(|_| io::Error::other("not a key"))?;
        Ok(Self { key: LessSafeKey::new(key), random })
    }

    /// The value as text that tells nothing; `name` is bound to it, so that values cannot change places.
    pub(super) fn close(&self, name: &str, value: &str) -> Result<String, SealBroken> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| SealBroken)?;
        let mut sealed = value.as_bytes().to_vec();
        let aad = Aad::from(name.as_bytes());
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| SealBroken)?;
        Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// What [`Seal::close`] was given.
    pub(super) fn reveal(&self, name: &str, sealed: &str) -> Result<String, SealBroken> {
        let bytes = STANDARD.decode(sealed).map_err(|_| SealBroken)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(SealBroken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealBroken)?;
        let mut sealed = sealed.to_vec();
        let value =
            self.key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut sealed).map_err(|_| SealBroken)?;
        String::from_utf8(value.to_vec()).map_err(|_| SealBroken)
    }
}

/// Through another name, so that a crash leaves no half of a key.
fn write_new(path: &Path, key: &[u8]) -> io::Result<()> {
    let next = path.with_extension("key.next");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
    file.write_all(key)?;
    file.sync_all()?;
    std::fs::rename(&next, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_value_is_revealed_by_the_same_key_under_the_same_name_only() {
        let scratch = Scratch::new("seal");
        std::fs::create_dir_all(scratch.path()).unwrap();
        let (path, other) = (scratch.path().join("a.key"), scratch.path().join("b.key"));
        let sealed = Seal::open(&path).unwrap().close("/db", "hunter2").unwrap();
        assert!(
            !sealed.contains("hunter2")
                && sealed != Seal::open(&path).unwrap().close("/db", "hunter2").unwrap()
        );
        assert_eq!(Seal::open(&path).unwrap().reveal("/db", &sealed).unwrap(), "hunter2");
        assert!(Seal::open(&path).unwrap().reveal("/other", &sealed).is_err());
        assert!(Seal::open(&other).unwrap().reveal("/db", &sealed).is_err());
        assert!(Seal::open(&path).unwrap().reveal("/db", "AAAA").is_err());
    }
}
