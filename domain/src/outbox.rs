//! Jobs that a transaction makes necessary: written with it, sent to their queue after its commit.
//!
//! The caller sends at once and then [`settle`]s; what a crash leaves behind, the `relay-outbox` schedule
//! sends. A message can therefore be sent twice, never not at all.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CrossTenantTx, ImportId, OrganizationId, OutboxId, StorageError, TenantTx};

/// The jobs and what they need to know. The JSON form is the message body; a changed shape is a new variant,
/// because messages of the old one may be on their way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Job {
    /// Read an uploaded file and create its customers.
    ImportCustomers {
        /// Whose.
        organization_id: OrganizationId,
        /// Which.
        import_id: ImportId,
    },
}

impl Job {
    /// The function that works on it, which is also its queue.
    #[must_use]
    pub fn function(&self) -> &'static str {
        match self {
            Self::ImportCustomers { .. } => "import-customers",
        }
    }
}

/// A message that is committed and not yet known to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxMessage {
    /// Its row.
    pub id: OutboxId,
    /// The receiving function.
    pub function: String,
    /// The message body.
    pub body: Value,
}

/// Writes a job into the transaction that makes it necessary.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn enqueue(tx: &mut TenantTx, job: &Job) -> Result<OutboxId, StorageError> {
    let now = tx.now();
    let organization = tx.organization();
    let message = OutboxMessage {
        id: OutboxId::new(now),
        function: job.function().to_owned(),
        body: serde_json::to_value(job).map_err(|error| sqlx::Error::Encode(error.into()))?,
    };
    sqlx::query!(
        "INSERT INTO outbox (id, organization_id, function, body, created_at) VALUES ($1, $2, $3, $4, $5)",
        message.id.0,
        organization.0,
        message.function,
        message.body,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(tx.remember(message))
}

/// Forgets messages that their queue has taken.
///
/// # Errors
/// When the database does not answer: the relay sends them once more then.
pub async fn settle(tx: &mut TenantTx, sent: &[OutboxId]) -> Result<(), StorageError> {
    let ids: Vec<_> = sent.iter().map(|id| id.0).collect();
    sqlx::query!("DELETE FROM outbox WHERE id = ANY($1)", &ids).execute(tx.conn()).await?;
    Ok(())
}

/// How long the process that wrote a message has to send it itself.
pub const RELAY_AFTER: TimeDelta = TimeDelta::seconds(10);

/// Up to `limit` messages that nobody sent, oldest first, locked until the transaction ends so that two relays
/// share the work.
///
/// # Errors
/// When the database does not answer.
pub async fn unsent(
    tx: &mut CrossTenantTx,
    as_of: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OutboxMessage>, StorageError> {
    let rows = sqlx::query!(
        "SELECT id, function, body FROM outbox WHERE created_at <= $1
         ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        as_of - RELAY_AFTER,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OutboxMessage { id: row.id.into(), function: row.function, body: row.body })
        .collect())
}

/// [`settle`] for the relay.
///
/// # Errors
/// When the database does not answer.
pub async fn settle_across_tenants(tx: &mut CrossTenantTx, sent: &[OutboxId]) -> Result<(), StorageError> {
    let ids: Vec<_> = sent.iter().map(|id| id.0).collect();
    sqlx::query!("DELETE FROM outbox WHERE id = ANY($1)", &ids).execute(tx.conn()).await?;
    Ok(())
}
