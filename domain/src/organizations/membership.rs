//! Who somebody is in an organization, and where else they belong: asked on every page.

use super::{OwnOrganization, Role, members::parse};
use crate::{
    IdentityTx, OrganizationId, StorageError, TenantTx, UserId,
    identity::{Impersonator, SessionEpoch},
};

/// A person in their organization.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The person.
    pub user: UserId,
    /// As they write it.
    pub user_name: String,
    /// Their login.
    pub email: String,
    /// Which of their sessions go on.
    pub session_epoch: SessionEpoch,
    /// The tenant.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What they may do.
    pub role: Role,
    /// Whether the organization is being deleted: nobody works in it then.
    pub closed: bool,
    /// The other organizations of the person, by name; those that are being deleted last.
    pub elsewhere: Vec<OwnOrganization>,
    /// Who of the staff acts in the person's place, if it is not the person: the session knows.
    pub impersonator: Option<Impersonator>,
}

/// The membership of the person in `organization`, with the transaction that goes on in it; none when they are (no
/// longer) a member.
///
/// # Errors
/// When the database does not answer.
pub async fn membership(
    mut tx: IdentityTx,
    organization: OrganizationId,
) -> Result<Option<(Membership, TenantTx)>, StorageError> {
    let user = tx.person()?;
    let rows = sqlx::query!(
        "SELECT u.name AS user_name, u.email, u.session_epoch, o.id, o.name, m.role, o.deletion_requested_at
         FROM memberships m
         JOIN users u ON u.id = m.user_id
         JOIN organizations o ON o.id = m.organization_id
         WHERE m.user_id = $1 AND u.deleted_at IS NULL
         ORDER BY o.deletion_requested_at IS NOT NULL, lower(o.name), o.id",
        user.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let (mut here, mut elsewhere) = (None, Vec::new());
    for row in rows {
        let role = parse(&row.role)?;
        if row.id == organization.0 {
            here = Some(Membership {
                user,
                user_name: row.user_name,
                email: row.email,
                session_epoch: SessionEpoch(row.session_epoch),
                organization,
                organization_name: row.name,
                role,
                closed: row.deletion_requested_at.is_some(),
                elsewhere: Vec::new(),
                impersonator: None,
            });
        } else {
            let (id, closed_at) = (row.id.into(), row.deletion_requested_at);
            elsewhere.push(OwnOrganization { id, name: row.name, role, closed_at });
        }
    }
    let Some(here) = here else { return Ok(None) };
    Ok(Some((Membership { elsewhere, ..here }, tx.into_tenant(organization).await?)))
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
