//! What handlers work with, made once per process and shared by its invocations.

use std::sync::Arc;

use domain::{Clock, Database, OperatorDatabase, StorageError, TenantTx, database::Pool};

use crate::{Configuration, FileStore, Queues, Sessions, aws};

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
    /// Where jobs go.
    pub queues: Queues,
}

impl OperatorResources {
    pub(crate) async fn new(configuration: Configuration) -> Result<Self, StorageError> {
        let (aws, clock) = (aws::configuration().await, Clock::system());
        Ok(Self {
            database: OperatorDatabase::new(&pool(&configuration), clock.clone())?,
            sessions: Sessions::new(&aws, &configuration.sessions_table, clock.clone()),
            queues: Queues::new(&aws, &configuration.queue_url_prefix),
            clock,
            configuration: Arc::new(configuration),
        })
    }
}

fn pool(configuration: &Configuration) -> Pool {
    Pool {
        url: configuration.database_url.clone().unwrap_or_default(),
        max_connections: u32::from(configuration.function.database_connections),
        application_name: configuration.function.name.to_owned(),
    }
}
