//! Inviting, sending again, revoking: what owners and admins do.

use serde_json::json;

use super::{Invitation, VALID_FOR};
use crate::{
    Failure, FieldError, FieldErrors, InvitationId, Kind, StorageError, TenantTx, UserId,
    audit::{self, Origin, Subject},
    identity::Email,
    mail::MailJob,
    organizations::{
        Role,
        members::{lock, parse, role_of},
    },
    outbox::{self, Job},
};

/// Most invitations that wait for an answer: whoever sends more sends advertisements.
const MOST_OPEN: i64 = 100;

/// Why nobody was invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// Fields that break a rule: `email`, `role`.
    #[error("the invitation is not valid")]
    Invalid(FieldErrors),
    /// Nobody but owners makes owners.
    #[error("your role may not do this")]
    Forbidden,
    /// There is no such invitation, or it is answered.
    #[error("there is no such invitation")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for InviteError {
    fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) => Kind::Invalid,
            Self::Forbidden => Kind::Forbidden,
            Self::NotFound => Kind::NotFound,
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

/// Invites an address as `role`; the letter is a job. `by` is whoever asks for it.
///
/// # Errors
/// See [`InviteError`].
pub async fn invite(
    tx: &mut TenantTx,
    by: UserId,
    email: &str,
    role: &str,
    origin: &Origin,
) -> Result<InvitationId, InviteError> {
    let mut errors = FieldErrors::new();
    let email = errors.check("email", Email::parse(email).map_err(|error| error.to_string()));
    let role = errors.check("role", role.parse::<Role>());
    let (Some(email), Some(role)) = (email, role) else { return Err(InviteError::Invalid(errors)) };
    lock(tx).await?;
    let own = role_of(tx, by).await?.ok_or(InviteError::Forbidden)?;
    if !own.may_touch(role) {
        return Err(InviteError::Forbidden);
    }
    if let Some(problem) = known(tx, &email).await? {
        return Err(InviteError::Invalid(FieldErrors::one("email", problem)));
    }
    let id = insert(tx, by, &email, role).await?;
    send(tx, id, 1).await?;
    let detail = json!({ "email": email.as_str(), "role": role.name() });
    record(tx, origin, "invitation.created", id, detail).await?;
    Ok(id)
}

/// Why this address cannot be invited now.
async fn known(tx: &mut TenantTx, email: &Email) -> Result<Option<&'static str>, StorageError> {
    let organization = tx.organization();
    let found = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM memberships m JOIN users u ON u.id = m.user_id
                          WHERE m.organization_id = $1 AND lower(u.email) = $2) AS "member!",
                  EXISTS (SELECT FROM invitations WHERE organization_id = $1 AND lower(email) = $2
                          AND accepted_at IS NULL AND revoked_at IS NULL) AS "invited!",
                  (SELECT count(*) FROM invitations WHERE organization_id = $1
                   AND accepted_at IS NULL AND revoked_at IS NULL) AS "open!""#,
        organization.0,
        email.key(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(if found.member {
        Some("This person is a member already")
    } else if found.invited {
        Some("This person is invited already: send the invitation again below")
    } else if found.open >= MOST_OPEN {
        Some("A hundred invitations wait for an answer: revoke some of them first")
    } else {
        None
    })
}

async fn insert(
    tx: &mut TenantTx,
    by: UserId,
    email: &Email,
    role: Role,
) -> Result<InvitationId, StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    let id = InvitationId::new(now);
    sqlx::query!(
        "INSERT INTO invitations (id, organization_id, email, role, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        organization.0,
        email.as_str(),
        role.name(),
        by.0,
        now,
        now + VALID_FOR,
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

async fn send(tx: &mut TenantTx, id: InvitationId, mailing: i32) -> Result<(), StorageError> {
    let mail = MailJob::Invitation { organization_id: tx.organization(), invitation_id: id, mailing };
    outbox::enqueue(tx, &Job::mail(mail)).await?;
    Ok(())
}

/// The invitations that wait for an answer, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_invitations(tx: &mut TenantTx) -> Result<Vec<Invitation>, StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    let rows = sqlx::query!(
        "SELECT i.id, i.email, i.role, u.name AS invited_by, i.expires_at
         FROM invitations i JOIN users u ON u.id = i.invited_by
         WHERE i.organization_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
         ORDER BY i.created_at DESC, i.id DESC",
        organization.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Invitation {
                id: row.id.into(),
                email: row.email,
                role: parse(&row.role)?,
                invited_by: row.invited_by,
                expires_at: row.expires_at,
                expired: row.expires_at <= now,
            })
        })
        .collect()
}

/// Sends a new letter, with a new link that works for as long as the first one did; the old link ends.
///
/// # Errors
/// See [`InviteError`].
pub async fn send_invitation_again(
    tx: &mut TenantTx,
    by: UserId,
    id: InvitationId,
    origin: &Origin,
) -> Result<String, InviteError> {
    let email = touchable(tx, by, id).await?;
    let (organization, now) = (tx.organization(), tx.now());
    let mailing = sqlx::query_scalar!(
        "UPDATE invitations SET token_hash = NULL, mailing = mailing + 1, expires_at = $3
         WHERE organization_id = $1 AND id = $2 RETURNING mailing",
        organization.0,
        id.0,
        now + VALID_FOR,
    )
    .fetch_one(tx.conn())
    .await
    .map_err(StorageError)?;
    send(tx, id, mailing).await?;
    record(tx, origin, "invitation.sent_again", id, json!({ "email": email })).await?;
    Ok(email)
}

/// Ends an invitation that nobody has answered. Answers its address.
///
/// # Errors
/// See [`InviteError`].
pub async fn revoke_invitation(
    tx: &mut TenantTx,
    by: UserId,
    id: InvitationId,
    origin: &Origin,
) -> Result<String, InviteError> {
    let email = touchable(tx, by, id).await?;
    let (organization, now) = (tx.organization(), tx.now());
    sqlx::query!(
        "UPDATE invitations SET revoked_at = $3 WHERE organization_id = $1 AND id = $2",
        organization.0,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    record(tx, origin, "invitation.revoked", id, json!({ "email": email })).await?;
    Ok(email)
}

/// Locks an unanswered invitation and says for whom it is, if `by` may change it.
async fn touchable(tx: &mut TenantTx, by: UserId, id: InvitationId) -> Result<String, InviteError> {
    let own = role_of(tx, by).await?.ok_or(InviteError::Forbidden)?;
    let organization = tx.organization();
    let row = sqlx::query!(
        "SELECT email, role FROM invitations
         WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL FOR UPDATE",
        organization.0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(StorageError)?
    .ok_or(InviteError::NotFound)?;
    if own.may_touch(parse(&row.role)?) { Ok(row.email) } else { Err(InviteError::Forbidden) }
}

async fn record(
    tx: &mut TenantTx,
    origin: &Origin,
    action: &str,
    id: InvitationId,
    detail: serde_json::Value,
) -> Result<(), StorageError> {
    audit::record(tx, origin, action, Subject { kind: "invitation", id: Some(id.0) }, detail).await
}
