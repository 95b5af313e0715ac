//! The transaction of one organization, and of one person: the same but for whose rows they see.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{AuditEventId, OrganizationId, OutboxId, StorageError, UserId, outbox::OutboxMessage};

/// Whose rows a [`TenantTx`] sees.
#[derive(Debug)]
pub struct OneTenant(OrganizationId);

/// Whose rows an [`IdentityTx`] sees; none where only an address is known.
#[derive(Debug)]
pub struct OnePerson(Option<UserId>);

/// A transaction of one organization.
pub type TenantTx = Tx<OneTenant>;

/// A transaction that sees one person and the organizations to which they belong.
pub type IdentityTx = Tx<OnePerson>;

/// A transaction that sees the rows of its scope. Dropped without [`Tx::commit`], it leaves no trace.
#[derive(Debug)]
pub struct Tx<Scope> {
    tx: Transaction<'static, Postgres>,
    scope: Scope,
    now: DateTime<Utc>,
    outgoing: Vec<OutboxMessage>,
    audited: u16,
}

impl<Scope> Tx<Scope> {
    fn new(tx: Transaction<'static, Postgres>, scope: Scope, now: DateTime<Utc>) -> Self {
        Self { tx, scope, now, outgoing: Vec::new(), audited: 0 }
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

    /// The id of the next entry of the audit log: those of one transaction have one time, and sort as they were
    /// written.
    pub(crate) fn next_audit_event(&mut self) -> AuditEventId {
        let id = AuditEventId::nth(self.now, self.audited);
        self.audited += 1;
        id
    }
}

impl TenantTx {
    pub(super) fn of(
        tx: Transaction<'static, Postgres>,
        organization: OrganizationId,
        now: DateTime<Utc>,
    ) -> Self {
        Self::new(tx, OneTenant(organization), now)
    }

    /// Whose rows it sees.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.scope.0
    }
}

impl IdentityTx {
    pub(super) fn of(tx: Transaction<'static, Postgres>, user: Option<UserId>, now: DateTime<Utc>) -> Self {
        Self::new(tx, OnePerson(user), now)
    }

    /// Whose rows it sees; none where only an address is known.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.scope.0
    }

    /// Whose rows it sees, where they are known: everything about an account needs that.
    pub(crate) fn person(&self) -> Result<UserId, StorageError> {
        self.user().ok_or_else(|| StorageError(sqlx::Error::Protocol("nobody's transaction".to_owned())))
    }

    /// Goes on as the transaction of one organization, and sees nothing else of the person from then on. For an
    /// organization that was just seen to be theirs.
    pub(crate) async fn into_tenant(
        mut self,
        organization: OrganizationId,
    ) -> Result<TenantTx, StorageError> {
        sqlx::query!(
            "SELECT set_config('velox.user_id', '', true) AS person,
                    set_config('velox.organization_id', $1, true) AS tenant",
            organization.to_string()
        )
        .fetch_one(&mut *self.tx)
        .await?;
        let Self { tx, scope: _, now, outgoing, audited } = self;
        Ok(Tx { tx, scope: OneTenant(organization), now, outgoing, audited })
    }
}
