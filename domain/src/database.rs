//! Connections, and the transaction types that decide whose rows can be seen.
//!
//! SQL runs only inside one of three transactions, each with row-level security set up in its first statement:
//! [`TenantTx`] sees one organization, [`IdentityTx`] sees one person across their organizations, and
//! [`CrossTenantTx`], which only [`OperatorDatabase`] opens, sees all: schedules and staff use it.

mod tx;

use std::{str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub use tx::{IdentityTx, OnePerson, OneTenant, TenantTx, Tx};

use crate::{Clock, OrganizationId, StorageError, UserId};

/// How a process connects.
#[derive(Debug, Clone)]
pub struct Pool {
    /// `postgres://role:password@host:port/database`.
    pub url: String,
    /// Connections at most, >= 1.
    pub max_connections: u32,
    /// Shown in `pg_stat_activity`: the function's name.
    pub application_name: String,
}

impl Pool {
    fn connect(&self) -> Result<PgPool, StorageError> {
        let options = PgConnectOptions::from_str(&self.url)?.application_name(&self.application_name);
        Ok(PgPoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(Duration::from_secs(5))
            .idle_timeout(Duration::from_secs(60))
            .test_before_acquire(false)
            .connect_lazy_with(options))
    }
}

/// Begins a transaction in one round trip. Connections are not tested before use, which would be a second one;
/// instead a stale one (the database was restarted) is noticed here, where nothing is lost by trying the next.
async fn begin(pool: &PgPool, statement: String) -> Result<Transaction<'static, Postgres>, StorageError> {
    let mut stale = pool.size();
    loop {
        match pool.begin_with(AssertSqlSafe(statement.clone())).await {
            Err(error) if stale > 0 && is_stale(&error) => stale -= 1,
            other => return Ok(other?),
        }
    }
}

/// Broken pipe and reset, or SQLSTATE class 57 (terminated by an administrator, shutting down).
fn is_stale(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57")),
        _ => false,
    }
}

/// The database as the application's role sees it: one tenant, or one person, at a time.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    clock: Clock,
}

impl Database {
    /// Connects when first used.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(pool: &Pool, clock: Clock) -> Result<Self, StorageError> {
        Ok(Self { pool: pool.connect()?, clock })
    }

    /// The clock of its transactions.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A transaction that sees the rows of one organization.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tenant(&self, organization: OrganizationId) -> Result<TenantTx, StorageError> {
        // A UUID's text needs no quoting; one round trip begins the transaction and sets the tenant.
        let statement = format!("BEGIN; SET LOCAL velox.organization_id = '{organization}'");
        let tx = begin(&self.pool, statement).await?;
        Ok(TenantTx::of(tx, organization, self.clock.now()))
    }

    /// A transaction that sees whoever has this address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn identity_by_email(&self, email: &str) -> Result<IdentityTx, StorageError> {
        let mut tx = begin(&self.pool, "BEGIN".to_owned()).await?;
        sqlx::query_scalar!("SELECT set_config('velox.email', $1, true)", email).fetch_one(&mut *tx).await?;
        Ok(IdentityTx::of(tx, None, self.clock.now()))
    }

    /// A transaction that sees one person and the organizations to which they belong.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn identity(&self, user: UserId) -> Result<IdentityTx, StorageError> {
        let statement = format!("BEGIN; SET LOCAL velox.user_id = '{user}'");
        Ok(IdentityTx::of(begin(&self.pool, statement).await?, Some(user), self.clock.now()))
    }

    /// A transaction that sees the run of a job that belongs to no organization, under this key.
    pub(crate) async fn job_run(&self, key: &str) -> Result<IdentityTx, StorageError> {
        let mut tx = begin(&self.pool, "BEGIN".to_owned()).await?;
        sqlx::query_scalar!("SELECT set_config('velox.job_key', $1, true)", key).fetch_one(&mut *tx).await?;
        Ok(IdentityTx::of(tx, None, self.clock.now()))
    }
}

/// The database as the operator's role sees it: all tenants at once. Staff and schedules hold it, requests of
/// customers never do.
#[derive(Debug, Clone)]
pub struct OperatorDatabase {
    pool: PgPool,
    clock: Clock,
}

impl OperatorDatabase {
    /// Connects when first used.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(pool: &Pool, clock: Clock) -> Result<Self, StorageError> {
        Ok(Self { pool: pool.connect()?, clock })
    }

    /// The clock of its transactions.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A transaction across tenants.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn across_tenants(&self) -> Result<CrossTenantTx, StorageError> {
        Ok(CrossTenantTx { tx: begin(&self.pool, "BEGIN".to_owned()).await?, now: self.clock.now() })
    }
}

/// A transaction that sees every organization. Dropped without [`CrossTenantTx::commit`], it leaves no trace.
#[derive(Debug)]
pub struct CrossTenantTx {
    tx: Transaction<'static, Postgres>,
    now: DateTime<Utc>,
}

impl CrossTenantTx {
    /// The transaction's time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Makes the writes last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn commit(self) -> Result<(), StorageError> {
        Ok(self.tx.commit().await?)
    }

    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}
