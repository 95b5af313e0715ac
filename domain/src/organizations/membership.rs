//! Who somebody is in an organization: asked on every page.

use super::Role;
use crate::{OrganizationId, StorageError, TenantTx, UserId};

/// A person in their organization.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The person.
    pub user: UserId,
    /// As they write it.
    pub user_name: String,
    /// Their login.
    pub email: String,
    /// The tenant.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What they may do.
    pub role: Role,
    /// Whether the organization is being deleted: nobody works in it then.
    pub closed: bool,
}

/// The membership of `user` in the transaction's organization; none when they are (no longer) a member.
///
/// # Errors
/// When the database does not answer.
pub async fn membership(tx: &mut TenantTx, user: UserId) -> Result<Option<Membership>, StorageError> {
    let organization = tx.organization();
    let row = sqlx::query!(
        r#"SELECT u.name AS user_name, u.email, o.name AS organization_name, m.role,
                o.deletion_requested_at IS NOT NULL AS "closed!"
         FROM memberships m
         JOIN users u ON u.id = m.user_id
         JOIN organizations o ON o.id = m.organization_id
         WHERE m.organization_id = $1 AND m.user_id = $2"#,
        organization.0,
        user.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        let role = row.role.parse().map_err(|error: &str| sqlx::Error::Decode(error.into()))?;
        Ok(Membership {
            user,
            user_name: row.user_name,
            email: row.email,
            organization,
            organization_name: row.organization_name,
            role,
            closed: row.closed,
        })
    })
    .transpose()
}

/// Makes an account a member of the transaction's organization, as whom its rows may from now on refer to them.
pub(crate) async fn add_member(tx: &mut TenantTx, user: UserId, role: Role) -> Result<(), StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    sqlx::query!(
        "INSERT INTO organization_people (organization_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        organization.0,
        user.0,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
        organization.0,
        user.0,
        role.name(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
