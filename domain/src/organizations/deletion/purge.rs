//! What is left of an organization 30 days after its deletion: nothing.

use chrono::{DateTime, Utc};

use super::RESTORABLE_FOR;
use crate::{CrossTenantTx, OrganizationId, StorageError};

/// Up to `limit` organizations whose days are over at `as_of`, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn organizations_to_purge(
    tx: &mut CrossTenantTx,
    as_of: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OrganizationId>, StorageError> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM organizations WHERE deleted_at <= $1 ORDER BY deleted_at LIMIT $2",
        as_of - RESTORABLE_FOR,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId).collect())
}

/// Where an organization's files are stored. They go first: rows without files can be found again, files without rows
/// cannot.
#[must_use]
pub fn file_prefixes(organization: OrganizationId) -> [String; 2] {
    [format!("imports/{organization}/"), format!("exports/{organization}/")]
}

/// Removes all rows of an organization for good. Answers whether that was so: one that was restored meanwhile, or
/// purged by somebody else, is left alone.
///
/// # Errors
/// When the database does not answer.
pub async fn purge_organization(
    tx: &mut CrossTenantTx,
    organization: OrganizationId,
    as_of: DateTime<Utc>,
) -> Result<bool, StorageError> {
    Ok(sqlx::query_scalar!(r#"SELECT purge_organization($1, $2) AS "purged!""#, organization.0, as_of)
        .fetch_one(tx.conn())
        .await?)
}
