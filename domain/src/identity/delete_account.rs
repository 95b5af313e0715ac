//! Deleting an account: its person leaves all organizations, what they are the only member of is deleted with it, and
//! the row stays without name and address for those who refer to it.

use super::change::note;
use crate::{
    Database, Failure, IdentityTx, Kind, OrganizationId, StorageError, TenantTx, UserId,
    audit::Origin,
    mail::MailJob,
    organizations::{DeletionError, MemberError, leave, own_organizations, schedule_deletion},
    outbox::{self, Job},
};

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// These organizations would be left without an owner.
    #[error("others would be left without an owner in {}", .0.join(", "))]
    LastOwner(Vec<String>),
    /// An organization refused; what was left before stays so.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// The same.
    #[error(transparent)]
    Deletion(#[from] DeletionError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for DeleteAccountError {
    fn kind(&self) -> Kind {
        match self {
            Self::LastOwner(_) => Kind::Conflict,
            Self::Member(error) => error.kind(),
            Self::Deletion(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }
}

/// What becomes of an organization when somebody's account ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parting {
    /// Others go on.
    Leave,
    /// Nobody else is there.
    Close,
    /// Others are there, and none of them is an owner.
    Refuse,
}

/// Whether the person may go: the names of organizations that they would leave without an owner.
///
/// # Errors
/// [`DeleteAccountError::LastOwner`].
async fn partings(db: &Database, user: UserId) -> Result<Vec<(OrganizationId, Parting)>, DeleteAccountError> {
    let mut tx = db.identity(user).await?;
    let own = own_organizations(&mut tx, user).await?;
    drop(tx);
    let (mut partings, mut refused) = (Vec::new(), Vec::new());
    for organization in own {
        let mut tx = db.tenant(organization.id).await?;
        match parting(&mut tx, user).await? {
            Parting::Refuse => refused.push(organization.name),
            parting => partings.push((organization.id, parting)),
        }
    }
    if refused.is_empty() { Ok(partings) } else { Err(DeleteAccountError::LastOwner(refused)) }
}

async fn parting(tx: &mut TenantTx, user: UserId) -> Result<Parting, StorageError> {
    let organization = tx.organization();
    let row = sqlx::query!(
        r#"SELECT count(*) AS "others!", count(*) FILTER (WHERE role = 'owner') AS "owners!"
           FROM memberships WHERE organization_id = $1 AND user_id <> $2"#,
        organization.0,
        user.0
    )
    .fetch_one(tx.conn())
    .await?;
    let own = sqlx::query_scalar!(
        "SELECT role FROM memberships WHERE organization_id = $1 AND user_id = $2",
        organization.0,
        user.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(match (row.others, row.owners, own.as_deref()) {
        (0, _, _) => Parting::Close,
        (_, 0, Some("owner")) => Parting::Refuse,
        _ => Parting::Leave,
    })
}

/// Deletes the account. Answers the messages of the jobs that this made necessary, for the caller to send.
///
/// # Errors
/// See [`DeleteAccountError`]. It may be asked for again after an error.
pub async fn delete_account(
    db: &Database,
    user: UserId,
    origin: &Origin,
) -> Result<Vec<outbox::OutboxMessage>, DeleteAccountError> {
    let mut messages = Vec::new();
    let partings = partings(db, user).await?;
    let mut tx = db.identity(user).await?;
    note(&mut tx, origin, "user.deleted").await?;
    messages.extend(tx.commit().await?);
    for (organization, parting) in partings {
        let mut tx = db.tenant(organization).await?;
        match parting {
            Parting::Close => match schedule_deletion(&mut tx, origin).await {
                // Asked for before.
                Err(DeletionError::NothingToDo) => continue,
                other => other?,
            },
            Parting::Leave | Parting::Refuse => leave(&mut tx, user, origin).await?,
        }
        messages.extend(tx.commit().await?);
    }
    let mut tx = db.identity(user).await?;
    wipe(&mut tx, user).await?;
    messages.extend(tx.commit().await?);
    Ok(messages)
}

async fn wipe(tx: &mut IdentityTx, user: UserId) -> Result<(), StorageError> {
    let now = tx.now();
    let email = sqlx::query_scalar!("SELECT email FROM users WHERE id = $1 AND deleted_at IS NULL", user.0)
        .fetch_optional(tx.conn())
        .await?;
    let Some(email) = email else { return Ok(()) };
    sqlx::query!("DELETE FROM totp WHERE user_id = $1", user.0).execute(tx.conn()).await?;
    sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1", user.0).execute(tx.conn()).await?;
    sqlx::query!("DELETE FROM passkeys WHERE user_id = $1", user.0).execute(tx.conn()).await?;
    sqlx::query!(
        "UPDATE users SET deleted_at = $2, email = $3, name = 'Deleted account', password_hash = '',
                          email_verified_at = NULL, session_epoch = session_epoch + 1
         WHERE id = $1",
        user.0,
        now,
        format!("deleted-{user}@invalid")
    )
    .execute(tx.conn())
    .await?;
    outbox::enqueue_for_person(tx, &Job::mail(MailJob::AccountDeleted { email })).await.map(drop)
}
