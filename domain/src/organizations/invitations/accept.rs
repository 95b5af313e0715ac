//! Answering an invitation, with an account or without one. Of many answers at the same instant one counts: the
//! invitation's row is locked, and updated on the condition that it is still open.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::InvitationToken;
use crate::{
    Database, Failure, FieldError, FieldErrors, InvitationId, Kind, OrganizationId, StorageError, TenantTx,
    UserId,
    audit::{self, Actor, Origin, Subject},
    identity::{CreateUserError, NewUser, create_verified_user},
    organizations::{
        Role, add_member,
        members::{parse, role_of},
    },
};

/// Why an invitation cannot be accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// No invitation has this token, or a newer letter replaced it.
    #[error("this is not the link of an invitation, or a newer one replaced it")]
    Unknown,
    /// It was accepted.
    #[error("this invitation was used already")]
    Used,
    /// Its seven days are over.
    #[error("this invitation has expired")]
    Expired,
    /// Whoever sent it took it back.
    #[error("this invitation was withdrawn")]
    Revoked,
    /// Whoever is signed in is not whom it was sent to.
    #[error("this invitation is for another e-mail address")]
    OtherAddress,
    /// The address has an account: its owner signs in and accepts.
    #[error("this e-mail address has an account already")]
    HasAccount,
    /// The new account's fields: `name`, `password`.
    #[error("the account's data is not valid")]
    Invalid(FieldErrors),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for AcceptError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unknown => Kind::NotFound,
            Self::Used | Self::Expired | Self::Revoked | Self::HasAccount => Kind::Conflict,
            Self::OtherAddress => Kind::Forbidden,
            Self::Invalid(_) => Kind::Invalid,
            Self::Storage(error) => error.kind(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(errors) => errors.as_slice(),
            _ => &[],
        }
    }
}

/// One that can be accepted.
#[derive(Debug, Clone)]
pub struct OpenInvitation {
    /// Of the invitation.
    pub id: InvitationId,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Where to.
    pub organization_name: String,
    /// By whom.
    pub invited_by: String,
    /// Whether the address has an account.
    pub has_account: bool,
}

/// Somebody who is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Who.
    pub user: UserId,
    /// Where.
    pub organization: OrganizationId,
}

/// What a link leads to. Looking uses nothing up.
///
/// # Errors
/// See [`AcceptError`].
pub async fn open_invitation(db: &Database, token: &InvitationToken) -> Result<OpenInvitation, AcceptError> {
    let mut tx = db.tenant(token.organization()).await?;
    let found = find(&mut tx, token).await?;
    drop(tx);
    let has_account = account_of(db, &found.email).await?;
    let (id, role) = (found.id.into(), parse(&found.role)?);
    let (organization_name, invited_by, email) = (found.organization, found.invited_by, found.email);
    Ok(OpenInvitation { id, email, role, organization_name, invited_by, has_account })
}

struct Row {
    id: Uuid,
    email: String,
    role: String,
    organization: String,
    invited_by: String,
    expires_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
}

/// The open invitation of a token, locked until the transaction ends.
async fn find(tx: &mut TenantTx, token: &InvitationToken) -> Result<Row, AcceptError> {
    let (organization, now) = (tx.organization(), tx.now());
    let row = sqlx::query_as!(
        Row,
        "SELECT i.id, i.email, i.role, o.name AS organization, u.name AS invited_by, i.expires_at, i.accepted_at,
                i.revoked_at, o.deletion_requested_at AS closed_at
         FROM invitations i
         JOIN organizations o ON o.id = i.organization_id
         JOIN users u ON u.id = i.invited_by
         WHERE i.organization_id = $1 AND i.token_hash = $2 FOR UPDATE OF i",
        organization.0,
        &token.hash(),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(StorageError)?
    .ok_or(AcceptError::Unknown)?;
    if row.accepted_at.is_some() {
        Err(AcceptError::Used)
    } else if row.revoked_at.is_some() || row.closed_at.is_some() {
        Err(AcceptError::Revoked)
    } else if row.expires_at <= now {
        Err(AcceptError::Expired)
    } else {
        Ok(row)
    }
}

async fn account_of(db: &Database, email: &str) -> Result<bool, StorageError> {
    let mut tx = db.identity_by_email(email).await?;
    let found = sqlx::query_scalar!("SELECT id FROM users WHERE lower(email) = lower($1)", email)
        .fetch_optional(tx.conn())
        .await?;
    Ok(found.is_some())
}

/// Accepts as somebody who is signed in: their own address must be the invited one, and confirmed.
///
/// # Errors
/// See [`AcceptError`].
pub async fn accept_invitation(
    db: &Database,
    token: &InvitationToken,
    user: UserId,
    address: Option<String>,
) -> Result<Accepted, AcceptError> {
    let own = confirmed_address(db, user).await?.ok_or(AcceptError::OtherAddress)?;
    let mut tx = db.tenant(token.organization()).await?;
    let found = find(&mut tx, token).await?;
    if own.to_lowercase() != found.email.to_lowercase() {
        return Err(AcceptError::OtherAddress);
    }
    let role = parse(&found.role)?;
    // Somebody who became a member in another way keeps the role that they have.
    if role_of(&mut tx, user).await?.is_none() {
        add_member(&mut tx, user, role).await?;
    }
    close(&mut tx, found.id, user, role, address).await?;
    let _none = tx.commit().await?;
    Ok(Accepted { user, organization: token.organization() })
}

async fn confirmed_address(db: &Database, user: UserId) -> Result<Option<String>, StorageError> {
    let mut tx = db.identity(user).await?;
    Ok(sqlx::query_scalar!(
        "SELECT email FROM users WHERE id = $1 AND email_verified_at IS NOT NULL AND deleted_at IS NULL",
        user.0,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Accepts as somebody new: makes the account of the invited address. Whoever holds the token has the letter, and so
/// has shown that mail to the address reaches them. Hashing takes some 20 ms.
///
/// # Errors
/// See [`AcceptError`].
pub async fn accept_as_new_account(
    db: &Database,
    token: &InvitationToken,
    name: &str,
    password: &str,
    address: Option<String>,
) -> Result<Accepted, AcceptError> {
    let invited = open_invitation(db, token).await?;
    if invited.has_account {
        return Err(AcceptError::HasAccount);
    }
    let account =
        NewUser::check(name, &invited.email, password, invited.role).await.map_err(AcceptError::Invalid)?;
    let mut tx = db.tenant(token.organization()).await?;
    let found = find(&mut tx, token).await?;
    let origin = Origin::of(Actor::System, address.clone());
    let user = create_verified_user(&mut tx, &account, &origin).await.map_err(|error| match error {
        CreateUserError::EmailTaken(_) => AcceptError::HasAccount,
        CreateUserError::Storage(error) => AcceptError::Storage(error),
    })?;
    close(&mut tx, found.id, user, account.role, address).await?;
    let _none = tx.commit().await?;
    Ok(Accepted { user, organization: token.organization() })
}

/// Marks an invitation as used, if it still is open.
async fn close(
    tx: &mut TenantTx,
    id: Uuid,
    user: UserId,
    role: Role,
    address: Option<String>,
) -> Result<(), AcceptError> {
    let (organization, now) = (tx.organization(), tx.now());
    let done = sqlx::query!(
        "UPDATE invitations SET accepted_at = $3, accepted_by = $4
         WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3",
        organization.0,
        id,
        now,
        user.0,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    if done.rows_affected() == 0 {
        return Err(AcceptError::Used);
    }
    let origin = Origin::of(Actor::User(user), address);
    let subject = Subject { kind: "invitation", id: Some(id) };
    Ok(audit::record(tx, &origin, "invitation.accepted", subject, json!({ "role": role.name() })).await?)
}
