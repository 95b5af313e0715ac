//! The people of an organization.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{StorageError, TenantTx, UserId};

/// A member of the organization that asks.
#[derive(Debug, Clone, Serialize)]
pub struct User {
    /// Of the person.
    pub id: UserId,
    /// Login.
    pub email: String,
    /// As they write it.
    pub name: String,
    /// Name of their role in this organization.
    pub role: String,
    /// When the account was made, UTC.
    pub created_at: DateTime<Utc>,
}

/// All members, in the order in which they joined; organizations of this size have dozens.
///
/// # Errors
/// When the database does not answer.
pub async fn list_users(tx: &mut TenantTx) -> Result<Vec<User>, StorageError> {
    let organization = tx.organization();
    Ok(sqlx::query_as!(
        User,
        "SELECT u.id, u.email, u.name, m.role, u.created_at
         FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.organization_id = $1 ORDER BY m.created_at, u.id",
        organization.0,
    )
    .fetch_all(tx.conn())
    .await?)
}
