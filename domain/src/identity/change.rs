//! Changes of an account: its password, its address, and what follows from a confirmed address. Each is told in
//! the audit log of the person's organizations and by mail.

use serde_json::json;

use super::{Email, PasswordHash, SessionEpoch, end_sessions, sign_in::store_hash};
use crate::{
    Failure, IdentityTx, Kind, StorageError,
    audit::{self, Origin, Subject},
    mail::{MailJob, SecurityChange},
    outbox::{self, Job},
};

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The account was deleted, or its address changed meanwhile.
    #[error("there is no such account any more")]
    Gone,
    /// The new address belongs to another account.
    #[error("this e-mail address has an account already")]
    EmailTaken,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for ChangeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Gone => Kind::NotFound,
            Self::EmailTaken => Kind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }
}

/// Sets a new password and ends all sessions; answers the epoch of those to come. `is_reset` when a mailed link made it
/// possible, which shows that mail reaches the person.
///
/// # Errors
/// See [`ChangeError`].
pub async fn set_password(
    tx: &mut IdentityTx,
    hash: &PasswordHash,
    is_reset: bool,
    origin: &Origin,
) -> Result<SessionEpoch, ChangeError> {
    let (user, now) = (tx.person()?, tx.now());
    if !store_hash(tx, user, hash).await? {
        return Err(ChangeError::Gone);
    }
    if is_reset {
        sqlx::query!(
            "UPDATE users SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1",
            user.0,
            now
        )
        .execute(tx.conn())
        .await
        .map_err(StorageError)?;
    }
    let action = if is_reset { "user.password_reset" } else { "user.password_changed" };
    note(tx, origin, action).await?;
    tell(tx, SecurityChange::Password).await?;
    Ok(end_sessions(tx).await?)
}

/// Asks the new address, by mail, whether it is the person's.
///
/// # Errors
/// When the database does not answer.
pub async fn request_email_change(tx: &mut IdentityTx, email: &Email) -> Result<(), StorageError> {
    let user_id = tx.person()?;
    let mail = MailJob::ConfirmNewEmail { user_id, email: email.as_str().to_owned() };
    outbox::enqueue_for_person(tx, &Job::mail(mail)).await.map(drop)
}

/// Makes a confirmed address that of the account, ends all sessions, and tells the old one.
///
/// # Errors
/// See [`ChangeError`].
pub async fn change_email(tx: &mut IdentityTx, email: &Email, origin: &Origin) -> Result<(), ChangeError> {
    let (user, now) = (tx.person()?, tx.now());
    let old = sqlx::query_scalar!("SELECT email FROM users WHERE id = $1 AND deleted_at IS NULL", user.0)
        .fetch_optional(tx.conn())
        .await
        .map_err(StorageError)?
        .ok_or(ChangeError::Gone)?;
    let changed = sqlx::query!(
        "UPDATE users SET email = $2, email_verified_at = $3 WHERE id = $1",
        user.0,
        email.as_str(),
        now
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError);
    match changed {
        Err(error) if error.violates("users_email_key") => return Err(ChangeError::EmailTaken),
        other => other?,
    };
    note(tx, origin, "user.email_changed").await?;
    let mail = MailJob::EmailChanged { old, new: email.as_str().to_owned() };
    outbox::enqueue_for_person(tx, &Job::mail(mail)).await?;
    end_sessions(tx).await?;
    Ok(())
}

/// Notes that mail to the account's address reaches the person.
///
/// # Errors
/// [`ChangeError::Gone`] when it is not their address any more.
pub async fn confirm_email(tx: &mut IdentityTx, email: &str) -> Result<(), ChangeError> {
    let (user, now) = (tx.person()?, tx.now());
    let confirmed = sqlx::query!(
        "UPDATE users SET email_verified_at = coalesce(email_verified_at, $3)
         WHERE id = $1 AND lower(email) = lower($2) AND deleted_at IS NULL",
        user.0,
        email,
        now
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    if confirmed.rows_affected() == 1 { Ok(()) } else { Err(ChangeError::Gone) }
}

/// An entry in the audit log of each of the person's organizations.
pub(super) async fn note(tx: &mut IdentityTx, origin: &Origin, action: &str) -> Result<(), StorageError> {
    let subject = Subject { kind: "user", id: Some(tx.person()?.0) };
    audit::record_for_person(tx, origin, action, subject, json!({})).await.map(drop)
}

/// A mail to the person, so that they notice what somebody else did.
pub(super) async fn tell(tx: &mut IdentityTx, change: SecurityChange) -> Result<(), StorageError> {
    let mail = MailJob::SecurityChanged { user_id: tx.person()?, change };
    outbox::enqueue_for_person(tx, &Job::mail(mail)).await.map(drop)
}
