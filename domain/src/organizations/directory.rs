//! All organizations and who belongs to them, for staff.

use chrono::{DateTime, Utc};

use super::{Role, members::parse};
use crate::{CrossTenantTx, OrganizationId, StorageError, UserId, identity::SessionEpoch};

/// An organization in the staff's list.
#[derive(Debug, Clone)]
pub struct OrganizationRow {
    /// The tenant.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Address of the member who joined first.
    pub owner_email: Option<String>,
    /// Number of members.
    pub members: i64,
    /// When it was made, UTC.
    pub created_at: DateTime<Utc>,
}

/// Up to `limit` organizations whose name or first member's address contains `search` (empty: all), the newest
/// first, after skipping `offset`; and how many match in all.
///
/// # Errors
/// When the database does not answer.
pub async fn list_organizations(
    tx: &mut CrossTenantTx,
    search: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<OrganizationRow>, i64), StorageError> {
    let rows = sqlx::query!(
        r#"SELECT o.id, o.name, o.created_at,
                  (SELECT count(*) FROM memberships m WHERE m.organization_id = o.id) AS "members!",
                  first.email AS "owner_email?",
                  count(*) OVER () AS "total!"
           FROM organizations o
           LEFT JOIN LATERAL (SELECT u.email FROM memberships m JOIN users u ON u.id = m.user_id
                              WHERE m.organization_id = o.id ORDER BY m.created_at LIMIT 1) first ON true
           WHERE $1 = '' OR strpos(lower(o.name), lower($1)) > 0 OR strpos(lower(first.email), lower($1)) > 0
           ORDER BY o.created_at DESC, o.id DESC OFFSET $2 LIMIT $3"#,
        search,
        offset,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let rows = rows.into_iter().map(|row| OrganizationRow {
        id: row.id.into(),
        name: row.name,
        owner_email: row.owner_email,
        members: row.members,
        created_at: row.created_at,
    });
    Ok((rows.collect(), total))
}

/// Somebody who belongs to an organization, as staff see them.
#[derive(Debug, Clone)]
pub struct OrganizationPerson {
    /// The person.
    pub user: UserId,
    /// As they write it.
    pub name: String,
    /// Login.
    pub email: String,
    /// Which of their sessions go on.
    pub session_epoch: SessionEpoch,
    /// Where they belong.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What they may do there.
    pub role: Role,
    /// When they joined, UTC.
    pub joined_at: DateTime<Utc>,
    /// Whether they are staff themselves.
    pub is_staff: bool,
}

/// The members of an organization in the order in which they joined, or `only` one of them.
///
/// # Errors
/// When the database does not answer.
pub async fn list_people(
    tx: &mut CrossTenantTx,
    organization: OrganizationId,
    only: Option<UserId>,
) -> Result<Vec<OrganizationPerson>, StorageError> {
    let rows = sqlx::query!(
        r#"SELECT u.id, u.name, u.email, u.session_epoch, o.name AS organization_name, m.role, m.created_at,
                  EXISTS (SELECT FROM staff s WHERE s.user_id = u.id) AS "is_staff!"
           FROM memberships m
           JOIN users u ON u.id = m.user_id
           JOIN organizations o ON o.id = m.organization_id
           WHERE m.organization_id = $1 AND ($2::uuid IS NULL OR u.id = $2) AND u.deleted_at IS NULL
           ORDER BY m.created_at, u.id"#,
        organization.0,
        only.map(|user| user.0),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OrganizationPerson {
                user: UserId(row.id),
                name: row.name,
                email: row.email,
                session_epoch: SessionEpoch(row.session_epoch),
                organization,
                organization_name: row.organization_name,
                role: parse(&row.role)?,
                joined_at: row.created_at,
                is_staff: row.is_staff,
            })
        })
        .collect()
}
