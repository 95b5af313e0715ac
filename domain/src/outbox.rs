//! Jobs that a transaction makes necessary: written with it, sent to their queue after its commit.
//!
//! The caller sends at once and then [`settle`]s; what a crash leaves behind, the `relay-outbox` schedule
//! sends. A message can therefore be sent twice, never not at all.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use uuid::Uuid;

use crate::{
    CrossTenantTx, IdentityTx, ImportId, OrganizationId, OutboxId, StorageError, TenantTx, database::Tx,
    mail::MailJob,
};

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
    /// Make the export of an organization that is being deleted.
    ExportOrganization {
        /// Whose.
        organization_id: OrganizationId,
        /// Of which request: one that was taken back makes nothing.
        requested_at: DateTime<Utc>,
    },
    /// Write a mail and send it.
    SendMail {
        /// One per mail to send, whatever the number of messages: [`Job::mail`] makes it.
        key: Uuid,
        /// Which.
        mail: MailJob,
    },
}

impl Job {
    /// The function that works on it, which is also its queue.
    #[must_use]
    pub fn function(&self) -> &'static str {
        match self {
            Self::ImportCustomers { .. } => "import-customers",
            Self::ExportOrganization { .. } => "export-organization",
            Self::SendMail { .. } => "send-mail",
        }
    }

    /// A mail to send, once.
    #[must_use]
    pub fn mail(mail: MailJob) -> Self {
        Self::SendMail { key: Uuid::new_v4(), mail }
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

impl OutboxMessage {
    /// The message of a job; for one that no write makes necessary, and that whoever asked for it asks for again
    /// when its queue does not answer, it goes to the queue without a row.
    ///
    /// # Errors
    /// When the job has no JSON form: never, as it is.
    pub fn new(job: &Job, now: DateTime<Utc>) -> Result<Self, StorageError> {
        Ok(Self {
            id: OutboxId::new(now),
            function: job.function().to_owned(),
            body: serde_json::to_value(job).map_err(|error| sqlx::Error::Encode(error.into()))?,
        })
    }
}

/// Writes a job into the transaction that makes it necessary.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn enqueue(tx: &mut TenantTx, job: &Job) -> Result<OutboxId, StorageError> {
    let now = tx.now();
    let organization = tx.organization();
    let message = OutboxMessage::new(job, now)?;
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

/// [`enqueue`] for a change of one person's account. The transaction must know who they are: policies refuse the
/// row otherwise.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn enqueue_for_person(tx: &mut IdentityTx, job: &Job) -> Result<OutboxId, StorageError> {
    let (now, user) = (tx.now(), tx.user().map(|user| user.0));
    let message = OutboxMessage::new(job, now)?;
    sqlx::query!(
        "INSERT INTO outbox (id, user_id, function, body, created_at) VALUES ($1, $2, $3, $4, $5)",
        message.id.0,
        user,
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
pub async fn settle<Scope>(tx: &mut Tx<Scope>, sent: &[OutboxId]) -> Result<(), StorageError> {
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
