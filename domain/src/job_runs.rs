//! One row per job and key, so that a message delivered twice is worked on once.

use serde_json::Value;

use crate::{CrossTenantTx, StorageError};

/// What is known of an earlier run under the same key.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// Nobody has finished it: go on.
    Fresh,
    /// It was finished with this result: nothing is left to do.
    Finished(Value),
}

/// Notes that a run of `job` under `key` begins. A second one under the same key waits until the first one's
/// transaction has ended.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(tx: &mut CrossTenantTx, job: &str, key: &str) -> Result<Begun, StorageError> {
    let now = tx.now();
    let row = sqlx::query!(
        "INSERT INTO job_runs AS run (job, key, started_at) VALUES ($1, $2, $3)
         ON CONFLICT (job, key) DO UPDATE SET attempts = run.attempts + 1
         RETURNING finished_at, result",
        job,
        key,
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(match row.finished_at {
        Some(_) => Begun::Finished(row.result.unwrap_or(Value::Null)),
        None => Begun::Fresh,
    })
}

/// Notes the result of a run, in the transaction that has its effect.
///
/// # Errors
/// When the database does not answer.
pub async fn finish(
    tx: &mut CrossTenantTx,
    job: &str,
    key: &str,
    result: &Value,
) -> Result<(), StorageError> {
    let now = tx.now();
    sqlx::query!(
        "UPDATE job_runs SET finished_at = $3, result = $4 WHERE job = $1 AND key = $2",
        job,
        key,
        now,
        result,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
