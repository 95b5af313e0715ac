//! The second factor: a code of an authenticator app, or one of ten recovery codes.

mod recovery;
mod totp;

use super::change::{note, tell};
use crate::{
    Failure, IdentityTx, Kind, StorageError,
    audit::Origin,
    mail::SecurityChange,
    seal::{SealError, SealingKeys},
};

pub use totp::TotpSecret;

/// Why a second factor was not changed or used.
#[derive(Debug, thiserror::Error)]
pub enum TwoFactorError {
    /// The code is wrong, too old, or was used before.
    #[error("the code is wrong or was used before")]
    WrongCode,
    /// The stored secret does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for TwoFactorError {
    fn kind(&self) -> Kind {
        match self {
            Self::WrongCode => Kind::Invalid,
            Self::Seal(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }
}

/// How somebody's second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoFactor {
    /// Whether an authenticator app is set up.
    pub is_on: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes: i64,
}

/// How the person's second factor stands.
///
/// # Errors
/// When the database does not answer.
pub async fn two_factor(tx: &mut IdentityTx) -> Result<TwoFactor, StorageError> {
    Ok(TwoFactor { is_on: is_on(tx).await?, recovery_codes: recovery::left(tx).await? })
}

pub(super) async fn is_on(tx: &mut IdentityTx) -> Result<bool, StorageError> {
    let user = tx.person()?;
    let found =
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM totp WHERE user_id = $1) AS "on!""#, user.0)
            .fetch_one(tx.conn())
            .await?;
    Ok(found)
}

/// Sets up an authenticator app that has shown a right code, in place of an earlier one. Answers ten recovery
/// codes, which can be seen this once.
///
/// # Errors
/// [`TwoFactorError::WrongCode`] when the app shows other codes.
pub async fn turn_on(
    tx: &mut IdentityTx,
    keys: &SealingKeys,
    secret: &TotpSecret,
    code: &str,
    origin: &Origin,
) -> Result<Vec<String>, TwoFactorError> {
    let (user, now) = (tx.person()?, tx.now());
    let step = secret.matching_step(code, now).ok_or(TwoFactorError::WrongCode)?;
    let sealed = secret.sealed(keys, user)?;
    sqlx::query!(
        "INSERT INTO totp (user_id, secret, last_step, confirmed_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id) DO UPDATE SET secret = $2, last_step = $3, confirmed_at = $4",
        user.0,
        sealed,
        step,
        now
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    let codes = recovery::renew(tx).await?;
    note(tx, origin, "user.two_factor_on").await?;
    tell(tx, SecurityChange::TwoFactorOn).await?;
    Ok(codes)
}

/// Turns the second factor off; its recovery codes are worth nothing from then on.
///
/// # Errors
/// When the database does not answer.
pub async fn turn_off(tx: &mut IdentityTx, origin: &Origin) -> Result<(), StorageError> {
    let user = tx.person()?;
    sqlx::query!("DELETE FROM totp WHERE user_id = $1", user.0).execute(tx.conn()).await?;
    recovery::forget(tx).await?;
    note(tx, origin, "user.two_factor_off").await?;
    tell(tx, SecurityChange::TwoFactorOff).await
}

/// Ten new recovery codes in place of all earlier ones.
///
/// # Errors
/// When the database does not answer.
pub async fn renew_recovery_codes(tx: &mut IdentityTx, origin: &Origin) -> Result<Vec<String>, StorageError> {
    let codes = recovery::renew(tx).await?;
    note(tx, origin, "user.recovery_codes_renewed").await?;
    tell(tx, SecurityChange::RecoveryCodes).await?;
    Ok(codes)
}

/// Uses up a code of the app or a recovery code: of fifty requests with one code at the same instant one gets
/// through. Answers which it was: `totp` or `recovery_code`.
///
/// # Errors
/// [`TwoFactorError::WrongCode`].
pub async fn use_code(
    tx: &mut IdentityTx,
    keys: &SealingKeys,
    code: &str,
    origin: &Origin,
) -> Result<&'static str, TwoFactorError> {
    if recovery::take(tx, code).await? {
        note(tx, origin, "user.recovery_code_used").await?;
        tell(tx, SecurityChange::RecoveryCodeUsed).await?;
        return Ok("recovery_code");
    }
    let (user, now) = (tx.person()?, tx.now());
    let sealed = sqlx::query_scalar!("SELECT secret FROM totp WHERE user_id = $1", user.0)
        .fetch_optional(tx.conn())
        .await
        .map_err(StorageError)?
        .ok_or(TwoFactorError::WrongCode)?;
    let secret = TotpSecret::open(keys, user, &sealed)?;
    let step = secret.matching_step(code, now).ok_or(TwoFactorError::WrongCode)?;
    // RFC 6238, 5.2: a code is taken once.
    let moved =
        sqlx::query!("UPDATE totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2", user.0, step)
            .execute(tx.conn())
            .await
            .map_err(StorageError)?;
    if moved.rows_affected() == 1 { Ok("totp") } else { Err(TwoFactorError::WrongCode) }
}
