//! Passwords: Argon2id with the parameters of OWASP's Password Storage Cheat Sheet, and an estimate of how many
//! guesses one withstands instead of rules about kinds of characters (NIST SP 800-63B).

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{PasswordHash as Phc, SaltString, rand_core::OsRng},
};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

/// Each hash takes 19 MiB while it is made: sixteen at once are more than a function's process has. More than two at
/// once end no sooner either.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A hash in PHC string format; its debug form shows nothing.
#[derive(Clone)]
pub struct PasswordHash(pub(super) String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 10 characters.
    #[error("Use at least 10 characters; three or four words work well")]
    TooShort,
    /// More than 200 characters.
    #[error("Use 200 characters at most")]
    TooLong,
    /// Guessed within some hundred million tries.
    #[error(
        "This password is among the first that attackers try, or close to your name or address; \
         three or four unrelated words are better"
    )]
    Guessable,
}

/// Passwords are estimated by this many characters: more of them make no password weaker, and take longer.
const ESTIMATED: usize = 100;

/// Checks a new password and hashes it, on a thread where that may take its 20 ms. What is `personal` (name,
/// address) counts as guessed first.
///
/// # Errors
/// See [`PasswordError`].
pub async fn hash(password: &str, personal: &[&str]) -> Result<PasswordHash, PasswordError> {
    let length = password.chars().count();
    if length < 10 {
        return Err(PasswordError::TooShort);
    }
    if length > 200 {
        return Err(PasswordError::TooLong);
    }
    let password = password.to_owned();
    let personal: Vec<String> = personal.iter().map(|text| (*text).to_owned()).collect();
    let _turn = AT_ONCE.acquire().await;
    let asked_by = tracing::Span::current();
    let work = tokio::task::spawn_blocking(move || {
        if is_guessable(&password, &personal) {
            return Err(PasswordError::Guessable);
        }
        Ok(PasswordHash(asked_by.in_scope(|| hashed(&password))))
    });
    work.await.expect("hashing neither panics nor is aborted")
}

fn is_guessable(password: &str, personal: &[String]) -> bool {
    let start: String = password.chars().take(ESTIMATED).collect();
    let personal: Vec<&str> = personal.iter().map(String::as_str).chain(["velox"]).collect();
    zxcvbn(&start, &personal).score() < Score::Three
}

/// Told to the local runner's dashboard as a part of the invocation: what takes 20 ms should be seen, and a test
/// counts that known and unknown accounts cost the same.
fn argon2id_span() -> tracing::Span {
    tracing::info_span!("Argon2id")
}

fn hashed(password: &str) -> String {
    let _working = argon2id_span().entered();
    let salt = SaltString::generate(&mut OsRng);
    let hash = argon2().hash_password(password.as_bytes(), &salt);
    hash.expect("the salt and the parameters are valid").to_string()
}

/// What became of a password that somebody presented.
pub(super) struct Verified {
    pub(super) is_right: bool,
    /// The same password under today's parameters, where the stored hash has smaller ones.
    pub(super) grown: Option<PasswordHash>,
}

/// Compares a password with a stored hash; without one it takes just as long and answers no, so that an
/// unknown account cannot be told from a wrong password by a clock.
pub(super) async fn verify(password: &str, stored: Option<String>) -> Verified {
    let password = password.to_owned();
    let _turn = AT_ONCE.acquire().await;
    let asked_by = tracing::Span::current();
    let verified = tokio::task::spawn_blocking(move || {
        let _of_the_request = asked_by.entered();
        let Some(stored) = stored else {
            hashed(&password);
            return Verified { is_right: false, grown: None };
        };
        let is_right = matches(&password, &stored);
        let grown = (is_right && is_outgrown(&stored)).then(|| PasswordHash(hashed(&password)));
        Verified { is_right, grown }
    });
    verified.await.unwrap_or(Verified { is_right: false, grown: None })
}

fn matches(password: &str, stored: &str) -> bool {
    let _working = argon2id_span().entered();
    Phc::new(stored).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

fn is_outgrown(stored: &str) -> bool {
    let today = params();
    let of = Phc::new(stored).ok().and_then(|hash| {
        let is_argon2id = hash.algorithm == Algorithm::Argon2id.ident();
        Params::try_from(&hash).ok().filter(|_| is_argon2id)
    });
    of.is_none_or(|of| of.m_cost() < today.m_cost() || of.t_cost() < today.t_cost())
}

fn params() -> Params {
    Params::new(19 * 1024, 2, 1, None).expect("19 MiB, 2 passes and 1 lane are in range")
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens_its_hash() {
        let hash = hash("correct horse battery", &[]).await.unwrap();
        let right = verify("correct horse battery", Some(hash.0.clone())).await;
        assert!(right.is_right && right.grown.is_none());
        assert!(!verify("correct horse batterz", Some(hash.0)).await.is_right);
        assert!(!verify("correct horse battery", None).await.is_right);
    }

    #[tokio::test]
    async fn a_hash_with_smaller_parameters_is_made_anew() {
        let small = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(1024, 1, 1, None).unwrap());
        let salt = SaltString::generate(&mut OsRng);
        let old = small.hash_password(b"correct horse battery", &salt).unwrap().to_string();
        let verified = verify("correct horse battery", Some(old.clone())).await;
        let grown = verified.grown.unwrap();
        assert!(grown.0.contains("m=19456,t=2"), "{}", grown.0);
        assert!(verify("correct horse battery", Some(grown.0)).await.is_right);
        assert!(verify("wrong", Some(old)).await.grown.is_none());
    }

    #[tokio::test]
    async fn short_guessable_and_personal_passwords_are_refused() {
        let refused = async |password: &str, personal: &[&str]| hash(password, personal).await.unwrap_err();
        assert_eq!(refused("short", &[]).await, PasswordError::TooShort);
        let long = "x".repeat(201);
        assert_eq!(refused(&long, &[]).await, PasswordError::TooLong);
        let common_ones = ["Password123", "qwertyuiop", "1111111111", "aaaaaaaaaaaa", "passwordpassword"];
        for common in common_ones {
            assert_eq!(refused(common, &[]).await, PasswordError::Guessable, "{common}");
        }
        let personal = ["ottokar.brandenstein@example.com", "Ottokar Brandenstein"];
        assert_eq!(refused("ottokar brandenstein", &personal).await, PasswordError::Guessable);
    }

    #[tokio::test]
    async fn long_passwords_of_words_or_of_a_manager_are_taken() {
        for password in
            ["correct horse battery", "a good long password", "x8$Kq2!vLm9@", "Übungsplatz am Fluss"]
        {
            assert!(hash(password, &[]).await.is_ok(), "{password}");
        }
    }
}
