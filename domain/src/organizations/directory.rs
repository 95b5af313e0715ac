//! All organizations, for staff.

use chrono::{DateTime, Utc};

use crate::{CrossTenantTx, OrganizationId, StorageError};

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
