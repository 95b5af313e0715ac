//! Signing in: first address and password, then, where there is one, the second factor.

use serde_json::json;

use super::{PasswordHash, SessionEpoch, password, two_factor};
use crate::{
    Database, Failure, IdentityTx, Kind, OrganizationId, StorageError, UserId,
    audit::{self, Actor, Origin, Subject},
};

/// Somebody whose password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RightPassword {
    /// The person.
    pub user: UserId,
    /// Whether mail to the address is known to reach them.
    pub is_verified: bool,
    /// Whether a second factor is asked for.
    pub needs_second_factor: bool,
    /// As it was when the password was looked up: a change of it meanwhile leaves nothing of this sign-in.
    pub session_epoch: SessionEpoch,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown address or wrong password: which of the two is not told.
    #[error("e-mail address or password is wrong")]
    WrongCredentials,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for SignInError {
    fn kind(&self) -> Kind {
        match self {
            Self::WrongCredentials => Kind::Unauthenticated,
            Self::Storage(error) => error.kind(),
        }
    }
}

/// Checks address and password. Takes as long for an unknown address as for a wrong password, and holds no
/// connection meanwhile. A hash with parameters of former times is replaced.
///
/// # Errors
/// See [`SignInError`].
pub async fn check_password(
    db: &Database,
    email: &str,
    password: &str,
) -> Result<RightPassword, SignInError> {
    let found = find_by_email(db, email.trim()).await?;
    let (user, stored) = found.map_or((None, None), |(user, hash)| (Some(user), Some(hash)));
    let verified = password::verify(password, stored).await;
    let Some((user, session_epoch)) = user.filter(|_| verified.is_right) else {
        return Err(SignInError::WrongCredentials);
    };
    let mut tx = db.identity(user).await?;
    let is_verified = is_verified(&mut tx, user).await?;
    let needs_second_factor = two_factor::is_on(&mut tx).await?;
    if let Some(grown) = verified.grown {
        store_hash(&mut tx, user, &grown).await?;
    }
    let _none = tx.commit().await?;
    Ok(RightPassword { user, is_verified, needs_second_factor, session_epoch })
}

/// Whether this is the password of somebody who is signed in: asked before their account changes.
///
/// # Errors
/// When the database does not answer.
pub async fn is_password_of(db: &Database, user: UserId, password: &str) -> Result<bool, StorageError> {
    let mut tx = db.identity(user).await?;
    let stored =
        sqlx::query_scalar!("SELECT password_hash FROM users WHERE id = $1 AND deleted_at IS NULL", user.0)
            .fetch_optional(tx.conn())
            .await?;
    drop(tx);
    Ok(password::verify(password, stored).await.is_right)
}

/// Notes a sign-in in all organizations of the person and answers in which they begin: the first that they
/// joined. `how` is `password`, `totp`, `recovery_code` or `passkey`.
///
/// # Errors
/// When the database does not answer.
pub async fn note_sign_in(
    db: &Database,
    user: UserId,
    how: &'static str,
    address: Option<String>,
) -> Result<Option<OrganizationId>, StorageError> {
    let mut tx = db.identity(user).await?;
    let origin = Origin::of(Actor::User(user), address);
    let subject = Subject { kind: "user", id: Some(user.0) };
    let organizations =
        audit::record_for_person(&mut tx, &origin, "user.signed_in", subject, json!({ "with": how })).await?;
    let _none = tx.commit().await?;
    Ok(organizations.first().copied())
}

/// Notes in all organizations of the person that many sign-ins failed in a row, the last one from `address`.
///
/// # Errors
/// When the database does not answer.
pub async fn note_sign_in_burst(db: &Database, user: UserId, address: String) -> Result<(), StorageError> {
    let mut tx = db.identity(user).await?;
    let origin = Origin::of(Actor::System, Some(address));
    let subject = Subject { kind: "user", id: Some(user.0) };
    audit::record_for_person(&mut tx, &origin, "user.sign_in_burst", subject, json!({})).await?;
    let _none = tx.commit().await?;
    Ok(())
}

/// Whose address it is, with the epoch of their sessions; and the stored hash of their password.
async fn find_by_email(
    db: &Database,
    email: &str,
) -> Result<Option<((UserId, SessionEpoch), String)>, StorageError> {
    let mut tx = db.identity_by_email(email).await?;
    let row = sqlx::query!(
        "SELECT id, session_epoch, password_hash FROM users WHERE lower(email) = lower($1) AND deleted_at IS NULL",
        email
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| ((row.id.into(), SessionEpoch(row.session_epoch)), row.password_hash)))
}

async fn is_verified(tx: &mut IdentityTx, user: UserId) -> Result<bool, StorageError> {
    let verified = sqlx::query_scalar!(
        r#"SELECT email_verified_at IS NOT NULL AS "verified!" FROM users WHERE id = $1"#,
        user.0
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(verified)
}

/// Replaces the stored hash of the person's password.
pub(super) async fn store_hash(
    tx: &mut IdentityTx,
    user: UserId,
    hash: &PasswordHash,
) -> Result<bool, StorageError> {
    let stored = sqlx::query!(
        "UPDATE users SET password_hash = $2 WHERE id = $1 AND deleted_at IS NULL",
        user.0,
        hash.0
    )
    .execute(tx.conn())
    .await?;
    Ok(stored.rows_affected() == 1)
}
