//! One row per job and key, so that a message delivered twice is worked on once.

use serde_json::Value;

use crate::{CrossTenantTx, Database, IdentityTx, StorageError};

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

/// A run of a job that belongs to no organization, as far as its end. It holds the row's lock: a second delivery
/// waits for it. Dropped without [`OpenRun::finish`], it leaves no trace.
#[derive(Debug)]
pub struct OpenRun {
    tx: IdentityTx,
    job: &'static str,
    key: String,
}

impl OpenRun {
    /// Begins a run; none when one under this key was finished.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(db: &Database, job: &'static str, key: String) -> Result<Option<Self>, StorageError> {
        let mut tx = db.job_run(&key).await?;
        let now = tx.now();
        let finished_at = sqlx::query_scalar!(
            "INSERT INTO job_runs AS run (job, key, started_at) VALUES ($1, $2, $3)
             ON CONFLICT (job, key) DO UPDATE SET attempts = run.attempts + 1
             RETURNING finished_at",
            job,
            key,
            now,
        )
        .fetch_one(tx.conn())
        .await?;
        Ok(finished_at.is_none().then_some(Self { tx, job, key }))
    }

    /// Notes that what the run was for is done.
    ///
    /// # Errors
    /// When the database does not answer: the run may happen once more then.
    pub async fn finish(mut self, result: &Value) -> Result<(), StorageError> {
        let now = self.tx.now();
        sqlx::query!(
            "UPDATE job_runs SET finished_at = $3, result = $4 WHERE job = $1 AND key = $2",
            self.job,
            self.key,
            now,
            result,
        )
        .execute(self.tx.conn())
        .await?;
        let _none = self.tx.commit().await?;
        Ok(())
    }
}
