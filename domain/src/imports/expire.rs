//! Giving up on imports that nobody works on any more, so that no page shows a progress bar for ever.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{CrossTenantTx, StorageError};

/// An import without progress for this long is over: its message is in the dead-letter queue by then.
pub const EXPIRE_AFTER: TimeDelta = TimeDelta::hours(24);

const FAILURE: &str = "The import stopped before the end and was given up after 24 hours. The rows counted as \
                       imported are there; upload the file again for the others.";

/// Ends imports that made no progress in the 24 hours before `as_of`; answers how many.
///
/// # Errors
/// When the database does not answer.
pub async fn expire_imports(tx: &mut CrossTenantTx, as_of: DateTime<Utc>) -> Result<u64, StorageError> {
    let now = tx.now();
    let done = sqlx::query!(
        "UPDATE imports SET status = 'failed', failure = $2, updated_at = $3, finished_at = $3
         WHERE status IN ('queued', 'running') AND updated_at <= $1",
        as_of - EXPIRE_AFTER,
        FAILURE,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
