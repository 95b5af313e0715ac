//! What handlers work with, made once per process and shared by its invocations.

use std::sync::Arc;

use domain::{
    Clock, Database, IdentityTx, OperatorDatabase, StorageError, TenantTx,
    database::Pool,
    outbox::{Job, OutboxMessage},
};

use crate::{Configuration, FileStore, QueueError, Queues, Sessions, Throttles, Tokens, aws};

/// The resources of functions that serve one tenant at a time.
#[derive(Debug, Clone)]
pub struct Resources {
    /// Names and URLs.
    pub configuration: Arc<Configuration>,
    /// The time.
    pub clock: Clock,
    /// One tenant, or one person, at a time.
    pub database: Database,
    /// Web sessions.
    pub sessions: Sessions,
    /// One-time tokens.
    pub tokens: Tokens,
    /// Counters of attempts.
    pub throttles: Throttles,
    /// Uploaded files.
    pub files: FileStore,
    /// Where jobs go.
    pub queues: Queues,
}

impl Resources {
    pub(crate) async fn new(configuration: Configuration) -> Result<Self, StorageError> {
        let (aws, clock) = (aws::configuration().await, Clock::system());
        Ok(Self {
            database: Database::new(&pool(&configuration), clock.clone())?,
            sessions: Sessions::new(&aws, &configuration.sessions_table, clock.clone()),
            tokens: Tokens::new(&aws, &configuration.tokens_table, clock.clone()),
            throttles: Throttles::new(&aws, &configuration.throttles_table, clock.clone()),
            files: FileStore::new(&aws, &configuration.files_bucket),
            queues: Queues::new(&aws, &configuration.queue_url_prefix),
            clock,
            configuration: Arc::new(configuration),
        })
    }

    /// Commits a tenant's transaction and sends the jobs that it made necessary. When a queue does not answer
    /// the commit holds all the same: the `relay-outbox` schedule sends what is left.
    ///
    /// # Errors
    /// When the commit fails.
    pub async fn commit(&self, tx: TenantTx) -> Result<(), StorageError> {
        let organization = tx.organization();
        let messages = tx.commit().await?;
        if messages.is_empty() {
            return Ok(());
        }
        let sent = self.queues.send(&messages).await;
        if sent.is_empty() {
            return Ok(());
        }
        let settled = async {
            let mut tx = self.database.tenant(organization).await?;
            domain::outbox::settle(&mut tx, &sent).await?;
            tx.commit().await
        };
        if let Err(error) = settled.await {
            tracing::warn!(%error, "sent jobs stay in the outbox and will be sent again");
        }
        Ok(())
    }

    /// [`Resources::commit`] for the transaction of one person.
    ///
    /// # Errors
    /// When the commit fails.
    pub async fn commit_for_person(&self, tx: IdentityTx) -> Result<(), StorageError> {
        let user = tx.user();
        let messages = tx.commit().await?;
        let Some(user) = user.filter(|_| !messages.is_empty()) else { return Ok(()) };
        let sent = self.queues.send(&messages).await;
        if sent.is_empty() {
            return Ok(());
        }
        let settled = async {
            let mut tx = self.database.identity(user).await?;
            domain::outbox::settle(&mut tx, &sent).await?;
            tx.commit().await
        };
        if let Err(error) = settled.await {
            tracing::warn!(%error, "sent jobs stay in the outbox and will be sent again");
        }
        Ok(())
    }

    /// Sends a job that no write makes necessary.
    ///
    /// # Errors
    /// When its queue does not take it: whoever asked has to ask again.
    pub async fn send(&self, job: &Job) -> Result<(), QueueError> {
        send(&self.queues, &self.clock, job).await
    }
}

async fn send(queues: &Queues, clock: &Clock, job: &Job) -> Result<(), QueueError> {
    let message = OutboxMessage::new(job, clock.now()).map_err(|error| QueueError(error.to_string()))?;
    let sent = queues.send(std::slice::from_ref(&message)).await;
    match sent.is_empty() {
        true => Err(QueueError(format!("{} did not take a job", message.function))),
        false => Ok(()),
    }
}

/// The resources of functions that work across tenants: staff and schedules.
#[derive(Debug, Clone)]
pub struct OperatorResources {
    /// Names and URLs.
    pub configuration: Arc<Configuration>,
    /// The time.
    pub clock: Clock,
    /// All tenants.
    pub database: OperatorDatabase,
    /// Staff's sessions.
    pub sessions: Sessions,
    /// One-time tokens.
    pub tokens: Tokens,
    /// Counters of failed attempts.
    pub throttles: Throttles,
    /// Files of all tenants.
    pub files: FileStore,
    /// Where jobs go.
    pub queues: Queues,
}

impl OperatorResources {
    pub(crate) async fn new(configuration: Configuration) -> Result<Self, StorageError> {
        let (aws, clock) = (aws::configuration().await, Clock::system());
        Ok(Self {
            database: OperatorDatabase::new(&pool(&configuration), clock.clone())?,
            sessions: Sessions::new(&aws, &configuration.sessions_table, clock.clone()),
            tokens: Tokens::new(&aws, &configuration.tokens_table, clock.clone()),
            files: FileStore::new(&aws, &configuration.files_bucket),
            queues: Queues::new(&aws, &configuration.queue_url_prefix),
            throttles: Throttles::new(&aws, &configuration.throttles_table, clock.clone()),
            clock,
            configuration: Arc::new(configuration),
        })
    }

    /// As [`Resources::send`].
    ///
    /// # Errors
    /// As there.
    pub async fn send(&self, job: &Job) -> Result<(), QueueError> {
        send(&self.queues, &self.clock, job).await
    }
}

fn pool(configuration: &Configuration) -> Pool {
    Pool {
        url: configuration.database_url.clone().unwrap_or_default(),
        max_connections: u32::from(configuration.function.database_connections),
        application_name: configuration.function.name.to_owned(),
    }
}
