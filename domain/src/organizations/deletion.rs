//! The end of an organization: asked for by typing its name, closed at once, exported, deleted, and purged 30 days
//! after. Until then an owner can take it back.

mod export;
mod purge;
mod stuck;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

pub use export::{ExportFile, export_files};
pub use purge::{file_prefixes, organizations_to_purge, purge_organization};
pub use stuck::{retry_export, stuck_exports};

use super::{
    Permission,
    members::{lock, role_of},
};
use crate::{
    Failure, FieldError, FieldErrors, Kind, OrganizationId, StorageError, TenantTx, UserId,
    audit::{self, Origin, Subject},
    identity::Email,
    mail::MailJob,
    outbox::{self, Job},
};

/// How long a deleted organization can be restored.
pub(super) const RESTORABLE_FOR: TimeDelta = TimeDelta::days(30);

/// An organization that is closed.
#[derive(Debug, Clone)]
pub struct Closure {
    /// When an owner asked for it, UTC.
    pub requested_at: DateTime<Utc>,
    /// When the export was made, from which on the days count; none while it is being made.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Where the export is stored.
    pub export_key: Option<String>,
}

impl Closure {
    /// When it is purged; none while the export is being made.
    #[must_use]
    pub fn purged_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at + RESTORABLE_FOR)
    }
}

/// Why an organization was neither deleted nor restored.
#[derive(Debug, thiserror::Error)]
pub enum DeletionError {
    /// The typed name is another one; the field is `name`.
    #[error("the name is not the organization's")]
    Name(FieldErrors),
    /// Nobody but owners.
    #[error("your role may not do this")]
    Forbidden,
    /// It is being deleted already, or it is not.
    #[error("there is nothing to do")]
    NothingToDo,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for DeletionError {
    fn kind(&self) -> Kind {
        match self {
            Self::Name(_) => Kind::Invalid,
            Self::Forbidden => Kind::Forbidden,
            Self::NothingToDo => Kind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Name(errors) => errors.as_slice(),
            _ => &[],
        }
    }
}

/// How the organization's end stands; none when it has not come.
///
/// # Errors
/// When the database does not answer.
pub async fn closure(tx: &mut TenantTx) -> Result<Option<Closure>, StorageError> {
    let organization = tx.organization();
    let row = sqlx::query!(
        "SELECT deletion_requested_at, deleted_at, export_key FROM organizations WHERE id = $1",
        organization.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.and_then(|row| {
        let requested_at = row.deletion_requested_at?;
        Some(Closure { requested_at, deleted_at: row.deleted_at, export_key: row.export_key })
    }))
}

async fn may(tx: &mut TenantTx, by: UserId) -> Result<(), DeletionError> {
    lock(tx).await?;
    let role = role_of(tx, by).await?;
    match role.is_some_and(|role| role.allows(Permission::ManageOwnership)) {
        true => Ok(()),
        false => Err(DeletionError::Forbidden),
    }
}

/// Closes the organization and has its export made. `typed` is its name, as a person typed it to be sure.
///
/// # Errors
/// See [`DeletionError`].
pub async fn request_deletion(
    tx: &mut TenantTx,
    by: UserId,
    typed: &str,
    origin: &Origin,
) -> Result<(), DeletionError> {
    may(tx, by).await?;
    let organization = tx.organization();
    let name = sqlx::query_scalar!("SELECT name FROM organizations WHERE id = $1", organization.0)
        .fetch_one(tx.conn())
        .await
        .map_err(StorageError)?;
    if typed.trim() != name.trim() {
        let message = format!("Type the name exactly: {name}");
        return Err(DeletionError::Name(FieldErrors::one("name", message)));
    }
    schedule_deletion(tx, origin).await
}

/// Closes the organization without asking: the account of its only member is being deleted.
///
/// # Errors
/// See [`DeletionError`].
pub async fn schedule_deletion(tx: &mut TenantTx, origin: &Origin) -> Result<(), DeletionError> {
    let (organization, now) = (tx.organization(), tx.now());
    let done = sqlx::query!(
        "UPDATE organizations SET deletion_requested_at = $2 WHERE id = $1 AND deletion_requested_at IS NULL",
        organization.0,
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    if done.rows_affected() == 0 {
        return Err(DeletionError::NothingToDo);
    }
    let job = Job::ExportOrganization { organization_id: organization, requested_at: now };
    outbox::enqueue(tx, &job).await?;
    Ok(record(tx, origin, "organization.deletion_requested").await?)
}

/// Where the export of a request is stored.
#[must_use]
pub fn export_key(organization: OrganizationId, requested_at: DateTime<Utc>) -> String {
    format!("exports/{organization}/{}.zip", requested_at.format("%Y%m%dT%H%M%SZ"))
}

/// Notes that the export of a request lies in its place: the organization counts as deleted, and its owners are told
/// by mail. Answers whether that was so; a restored organization and a repeated message change nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn finish_deletion(
    tx: &mut TenantTx,
    requested_at: DateTime<Utc>,
    export_key: &str,
) -> Result<bool, StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    let done = sqlx::query!(
        "UPDATE organizations SET deleted_at = $3, export_key = $4
         WHERE id = $1 AND deletion_requested_at = $2 AND deleted_at IS NULL",
        organization.0,
        requested_at,
        now,
        export_key,
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    record(tx, &Origin::system(), "organization.deleted").await?;
    let owners = sqlx::query_scalar!(
        "SELECT user_id FROM memberships WHERE organization_id = $1 AND role = 'owner'",
        organization.0,
    )
    .fetch_all(tx.conn())
    .await?;
    for owner in owners {
        let mail = MailJob::OrganizationDeleted { organization_id: organization, user_id: owner.into() };
        outbox::enqueue(tx, &Job::mail(mail)).await?;
    }
    Ok(true)
}

/// Takes a deletion back. Answers where an export lies that is of no use any more.
///
/// # Errors
/// See [`DeletionError`].
pub async fn restore_organization(
    tx: &mut TenantTx,
    by: UserId,
    origin: &Origin,
) -> Result<Option<String>, DeletionError> {
    may(tx, by).await?;
    let now = tx.now();
    // From then on the purge may be at work, and files may be gone already.
    let closure = closure(tx).await?.filter(|closure| closure.purged_at().is_none_or(|at| now < at));
    let closure = closure.ok_or(DeletionError::NothingToDo)?;
    let organization = tx.organization();
    sqlx::query!(
        "UPDATE organizations SET deletion_requested_at = NULL, deleted_at = NULL, export_key = NULL WHERE id = $1",
        organization.0,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    record(tx, origin, "organization.restored").await?;
    Ok(closure.export_key)
}

/// Notes that somebody took the export away.
///
/// # Errors
/// When the database does not answer.
pub async fn record_export_download(tx: &mut TenantTx, origin: &Origin) -> Result<(), StorageError> {
    record(tx, origin, "organization.export_downloaded").await
}

async fn record(tx: &mut TenantTx, origin: &Origin, action: &str) -> Result<(), StorageError> {
    let subject = Subject { kind: "organization", id: Some(tx.organization().0) };
    audit::record(tx, origin, action, subject, json!({})).await
}

/// For the mail to an owner.
#[derive(Debug, Clone)]
pub struct DeletionNotice {
    /// The owner's.
    pub email: Email,
    /// Name of what was deleted.
    pub organization: String,
    /// UTC.
    pub purged_at: DateTime<Utc>,
}

/// What to tell an owner; none when it was restored meanwhile, or they are no owner any more.
///
/// # Errors
/// When the database does not answer.
pub async fn deletion_notice(
    tx: &mut TenantTx,
    owner: UserId,
) -> Result<Option<DeletionNotice>, StorageError> {
    let organization = tx.organization();
    let row = sqlx::query!(
        r#"SELECT u.email, o.name, o.deleted_at AS "deleted_at!" FROM organizations o
           JOIN memberships m ON m.organization_id = o.id JOIN users u ON u.id = m.user_id
           WHERE o.id = $1 AND m.user_id = $2 AND m.role = 'owner' AND o.deleted_at IS NOT NULL"#,
        organization.0,
        owner.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.and_then(|row| {
        let email = Email::parse(&row.email).ok()?;
        Some(DeletionNotice { email, organization: row.name, purged_at: row.deleted_at + RESTORABLE_FOR })
    }))
}
