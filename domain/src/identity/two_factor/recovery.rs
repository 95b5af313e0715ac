//! Recovery codes: ten, each good for one sign-in without the app. 80 random bits each, so that a fast hash keeps
//! them.

use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};

use super::totp::base32;
use crate::{IdentityTx, StorageError};

/// How many there are.
const CODES: usize = 10;

/// New codes in place of all earlier ones.
pub(super) async fn renew(tx: &mut IdentityTx) -> Result<Vec<String>, StorageError> {
    forget(tx).await?;
    let (user, now) = (tx.person()?, tx.now());
    let codes: Vec<_> = (0..CODES).map(|_| generate()).collect();
    let hashes: Vec<_> = codes.iter().map(|code| hash(code)).collect();
    sqlx::query!(
        "INSERT INTO recovery_codes (user_id, code_hash, created_at) SELECT $1, unnest($2::bytea[]), $3",
        user.0,
        &hashes,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(codes)
}

pub(super) async fn forget(tx: &mut IdentityTx) -> Result<(), StorageError> {
    let user = tx.person()?;
    sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1", user.0).execute(tx.conn()).await?;
    Ok(())
}

pub(super) async fn left(tx: &mut IdentityTx) -> Result<i64, StorageError> {
    let user = tx.person()?;
    let left = sqlx::query_scalar!(
        r#"SELECT count(*) AS "left!" FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL"#,
        user.0
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(left)
}

/// Uses a code up. Answers whether it was one, and not used before.
pub(super) async fn take(tx: &mut IdentityTx, code: &str) -> Result<bool, StorageError> {
    let (user, now) = (tx.person()?, tx.now());
    let taken = sqlx::query!(
        "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
        user.0,
        hash(code),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// `ABCD-EFGH-IJKL-MNOP`.
fn generate() -> String {
    let mut random = [0_u8; 10];
    OsRng.try_fill_bytes(&mut random).expect("the system's random generator is there");
    let letters: Vec<_> = base32(&random).chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// However it is typed: hyphens, blanks and case do not count.
fn hash(code: &str) -> Vec<u8> {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sha256::digest(plain.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_typed() {
        let code = generate();
        assert_eq!(code.len(), 19);
        assert_eq!(hash(&code), hash(&code.to_lowercase().replace('-', " ")));
        assert_ne!(code, generate());
    }
}
