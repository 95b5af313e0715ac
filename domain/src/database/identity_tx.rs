//! The transaction of one person, whatever the organization: signing in, and everything about an account.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{OutboxId, StorageError, UserId, outbox::OutboxMessage};

/// A transaction that sees one person and the organizations to which they belong. Dropped without
/// [`IdentityTx::commit`], it leaves no trace.
#[derive(Debug)]
pub struct IdentityTx {
    tx: Transaction<'static, Postgres>,
    user: Option<UserId>,
    now: DateTime<Utc>,
    outgoing: Vec<OutboxMessage>,
}

impl IdentityTx {
    pub(super) fn new(tx: Transaction<'static, Postgres>, user: Option<UserId>, now: DateTime<Utc>) -> Self {
        Self { tx, user, now, outgoing: Vec::new() }
    }

    /// Whose rows it sees; none where only an address is known.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// Whose rows it sees, where they are known: everything about an account needs that.
    pub(crate) fn person(&self) -> Result<UserId, StorageError> {
        self.user.ok_or_else(|| StorageError(sqlx::Error::Protocol("nobody's transaction".to_owned())))
    }

    /// The transaction's time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Makes the writes last and hands over the jobs that they made necessary.
    ///
    /// # Errors
    /// When the database does not answer: nothing is written then, or it cannot be known.
    #[must_use = "send these messages now; the relay would only do so a minute later"]
    pub async fn commit(self) -> Result<Vec<OutboxMessage>, StorageError> {
        self.tx.commit().await?;
        Ok(self.outgoing)
    }

    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub(crate) fn remember(&mut self, message: OutboxMessage) -> OutboxId {
        let id = message.id;
        self.outgoing.push(message);
        id
    }
}
