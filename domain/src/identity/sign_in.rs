//! Signing in with address and password.

use serde_json::json;

use super::password;
use crate::{
    Database, Failure, Kind, OrganizationId, StorageError, UserId,
    audit::{self, Actor, Origin, Subject},
};

/// Who signed in, and the organization in which they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub user: UserId,
    /// The first organization that they joined.
    pub organization: OrganizationId,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown address or wrong password: which of the two is not told.
    #[error("e-mail address or password is wrong")]
    WrongCredentials,
    /// The account belongs to no organization any more.
    #[error("this account belongs to no organization")]
    NoOrganization,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for SignInError {
    fn kind(&self) -> Kind {
        match self {
            Self::WrongCredentials => Kind::Unauthenticated,
            Self::NoOrganization => Kind::Forbidden,
            Self::Storage(error) => error.kind(),
        }
    }
}

/// Checks address and password and notes the sign-in. Takes as long for an unknown address as for a wrong
/// password, and holds no connection meanwhile.
///
/// # Errors
/// See [`SignInError`].
pub async fn sign_in(
    db: &Database,
    email: &str,
    password: &str,
    address: Option<String>,
) -> Result<SignedIn, SignInError> {
    let found = find_by_email(db, email.trim()).await?;
    let (user, stored) = found.map_or((None, None), |(user, hash)| (Some(user), Some(hash)));
    let verified = password::verify(password, stored).await;
    let Some(user) = user.filter(|_| verified) else { return Err(SignInError::WrongCredentials) };
    let organization = first_organization(db, user).await?.ok_or(SignInError::NoOrganization)?;

    let mut tx = db.tenant(organization).await?;
    let origin = Origin { actor: Actor::User(user), address };
    audit::record(&mut tx, &origin, "user.signed_in", Subject { kind: "user", id: Some(user.0) }, json!({}))
        .await?;
    let _none = tx.commit().await?;
    Ok(SignedIn { user, organization })
}

async fn find_by_email(db: &Database, email: &str) -> Result<Option<(UserId, String)>, StorageError> {
    let mut tx = db.identity_by_email(email).await?;
    let row = sqlx::query!("SELECT id, password_hash FROM users WHERE lower(email) = lower($1)", email)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(|row| (row.id.into(), row.password_hash)))
}

async fn first_organization(db: &Database, user: UserId) -> Result<Option<OrganizationId>, StorageError> {
    let mut tx = db.identity(user).await?;
    let id = sqlx::query_scalar!(
        "SELECT organization_id FROM memberships WHERE user_id = $1 ORDER BY created_at LIMIT 1",
        user.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(OrganizationId))
}
