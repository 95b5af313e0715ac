//! The schema, applied by its owner before a new version serves.

use sqlx::{PgPool, migrate::Migrator};

use crate::StorageError;

/// The migrations in `domain/migrations`, embedded.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Brings the database at `owner_url` up to date; safe to run again and at the same time from two places.
/// Answers how many migrations the schema has.
///
/// # Errors
/// When the database does not answer, or holds a migration that this program does not know.
pub async fn migrate(owner_url: &str) -> Result<usize, StorageError> {
    let pool = PgPool::connect(owner_url).await?;
    MIGRATOR.run(&pool).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
    pool.close().await;
    Ok(MIGRATOR.iter().count())
}
