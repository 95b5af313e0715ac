//! What the job that mails an invitation needs: the link's token is made there, so that it lies in no queue.

use super::InvitationToken;
use crate::{Database, InvitationId, OrganizationId, StorageError, identity::Email};

/// For the letter.
#[derive(Debug, Clone)]
pub struct InvitationLetter {
    /// Who is invited.
    pub email: Email,
    /// By whom.
    pub invited_by: String,
    /// Where to.
    pub organization: String,
    /// As what.
    pub role: String,
    /// For the link.
    pub token: InvitationToken,
}

#[cfg(test)]
impl InvitationLetter {
    pub(crate) fn sample(organization: OrganizationId) -> Self {
        Self {
            email: Email::parse("new@x.example").unwrap(),
            invited_by: "Ann".to_owned(),
            organization: "Acme".to_owned(),
            role: "accountant".to_owned(),
            token: InvitationToken::generate(organization),
        }
    }
}

/// Makes the token of a letter; every earlier one ends. None when there is nothing to send any more: it was answered,
/// revoked, or a newer letter was asked for.
///
/// # Errors
/// When the database does not answer.
pub async fn write_invitation(
    db: &Database,
    organization: OrganizationId,
    id: InvitationId,
    mailing: i32,
) -> Result<Option<InvitationLetter>, StorageError> {
    let token = InvitationToken::generate(organization);
    let mut tx = db.tenant(organization).await?;
    let now = tx.now();
    let row = sqlx::query!(
        "UPDATE invitations i SET token_hash = $4
         FROM organizations o, users u
         WHERE i.organization_id = $1 AND i.id = $2 AND i.mailing = $3 AND i.accepted_at IS NULL
           AND i.revoked_at IS NULL AND i.expires_at > $5 AND o.id = i.organization_id AND u.id = i.invited_by
           AND o.deletion_requested_at IS NULL
         RETURNING i.email, i.role, o.name AS organization, u.name AS invited_by",
        organization.0,
        id.0,
        mailing,
        &token.hash(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let _none = tx.commit().await?;
    Ok(row.and_then(|row| {
        Some(InvitationLetter {
            email: Email::parse(&row.email).ok()?,
            invited_by: row.invited_by,
            organization: row.organization,
            role: row.role,
            token,
        })
    }))
}
