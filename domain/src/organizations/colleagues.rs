//! Everybody who belongs to an organization or did once, for lists to choose from.

use crate::{StorageError, TenantTx, UserId};

/// Somebody whom the organization knows.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// Of the person.
    pub id: UserId,
    /// As they write it.
    pub name: String,
    /// Login.
    pub email: String,
}

impl Colleague {
    /// To choose by: two people may have one name.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} ({})", self.name, self.email)
    }
}

/// All of them, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn colleagues(tx: &mut TenantTx) -> Result<Vec<Colleague>, StorageError> {
    let organization = tx.organization();
    Ok(sqlx::query_as!(
        Colleague,
        "SELECT u.id, u.name, u.email FROM organization_people p JOIN users u ON u.id = p.user_id
         WHERE p.organization_id = $1 ORDER BY lower(u.name), u.id",
        organization.0,
    )
    .fetch_all(tx.conn())
    .await?)
}
