//! An export that does not come about: its job failed for good. An owner has it made again, or takes the deletion back;
//! where nobody is left to do so, a schedule has it made again.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Closure, DeletionError, closure, may};
use crate::{
    CrossTenantTx, StorageError, TenantTx, UserId,
    outbox::{self, Job},
};

/// How long the first message may take, with all its repetitions, before it lies in the dead-letter queue.
const PATIENCE: TimeDelta = TimeDelta::minutes(30);

impl Closure {
    /// Whether the export should be there by `now` and is not.
    #[must_use]
    pub fn is_stuck(&self, now: DateTime<Utc>) -> bool {
        self.deleted_at.is_none() && now - self.requested_at >= PATIENCE
    }
}

/// Has the export made again. Of two that are made at once one counts.
///
/// # Errors
/// [`DeletionError::NothingToDo`] when it is there, or on its way.
pub async fn retry_export(tx: &mut TenantTx, by: UserId) -> Result<(), DeletionError> {
    may(tx, by).await?;
    let now = tx.now();
    let stuck = closure(tx).await?.filter(|closure| closure.is_stuck(now));
    let requested_at = stuck.ok_or(DeletionError::NothingToDo)?.requested_at;
    let job = Job::ExportOrganization { organization_id: tx.organization(), requested_at };
    outbox::enqueue(tx, &job).await?;
    Ok(())
}

/// The jobs of up to `limit` exports that should be there at `as_of` and are not, the oldest request first.
///
/// # Errors
/// When the database does not answer.
pub async fn stuck_exports(
    tx: &mut CrossTenantTx,
    as_of: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Job>, StorageError> {
    let rows = sqlx::query!(
        r#"SELECT id, deletion_requested_at AS "requested_at!" FROM organizations
           WHERE deleted_at IS NULL AND deletion_requested_at <= $1 ORDER BY deletion_requested_at LIMIT $2"#,
        as_of - PATIENCE,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let job = |organization: uuid::Uuid, requested_at| Job::ExportOrganization {
        organization_id: organization.into(),
        requested_at,
    };
    Ok(rows.into_iter().map(|row| job(row.id, row.requested_at)).collect())
}
