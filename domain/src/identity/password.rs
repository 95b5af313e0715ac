//! Passwords: Argon2id with the parameters of OWASP's Password Storage Cheat Sheet.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{PasswordHash as Phc, SaltString, rand_core::OsRng},
};

/// A hash in PHC string format; its debug form shows nothing.
#[derive(Clone)]
pub struct PasswordHash(pub(super) String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Why a password is refused. No rule asks for kinds of characters: length is what helps (NIST SP 800-63B).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 10 characters.
    #[error("Use at least 10 characters; three or four words work well")]
    TooShort,
    /// More than 200 characters.
    #[error("Use 200 characters at most")]
    TooLong,
    /// One of the first that are tried.
    #[error("This password is one of the first that attackers try; choose another")]
    Common,
}

const COMMON: [&str; 12] = [
    "password12",
    "password123",
    "passwordpassword",
    "1234567890",
    "0123456789",
    "qwertyuiop",
    "qwerty12345",
    "1q2w3e4r5t",
    "iloveyou12",
    "abcdefghij",
    "1111111111",
    "letmein123",
];

/// Checks a new password and hashes it, on a thread where that may take its 20 ms.
///
/// # Errors
/// See [`PasswordError`].
pub async fn hash(password: &str) -> Result<PasswordHash, PasswordError> {
    let length = password.chars().count();
    if length < 10 {
        return Err(PasswordError::TooShort);
    }
    if length > 200 {
        return Err(PasswordError::TooLong);
    }
    if COMMON.contains(&password.to_lowercase().as_str()) {
        return Err(PasswordError::Common);
    }
    let password = password.to_owned();
    let hashed = tokio::task::spawn_blocking(move || {
        let salt = SaltString::generate(&mut OsRng);
        argon2().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    let hashed = hashed.await.expect("hashing neither panics nor is aborted");
    Ok(PasswordHash(hashed.expect("the salt and the parameters are valid")))
}

/// Compares a password with a stored hash; without one it takes just as long and answers no, so that an
/// unknown account cannot be told from a wrong password by a clock.
pub(super) async fn verify(password: &str, stored: Option<String>) -> bool {
    let password = password.to_owned();
    let verified = tokio::task::spawn_blocking(move || {
        let Some(stored) = stored else {
            let salt = SaltString::generate(&mut OsRng);
            let _ = argon2().hash_password(password.as_bytes(), &salt);
            return false;
        };
        Phc::new(&stored).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
    });
    verified.await.unwrap_or(false)
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("19 MiB, 2 passes and 1 lane are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens_its_hash() {
        let hash = hash("correct horse battery").await.unwrap();
        assert!(verify("correct horse battery", Some(hash.0.clone())).await);
        assert!(!verify("correct horse batterz", Some(hash.0)).await);
        assert!(!verify("correct horse battery", None).await);
    }

    #[tokio::test]
    async fn short_and_common_passwords_are_refused() {
        assert_eq!(hash("short").await.unwrap_err(), PasswordError::TooShort);
        assert_eq!(hash("Password123").await.unwrap_err(), PasswordError::Common);
    }
}
