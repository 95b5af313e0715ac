//! Who belongs to an organization, and every change of that. Changes happen one after the other, under a lock on the
//! organization, so that two of them at once cannot leave it without an owner.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Permission, Role};
use crate::{
    Failure, Kind, StorageError, TenantTx, UserId,
    audit::{self, Origin, Subject},
};

/// A member in a list.
#[derive(Debug, Clone)]
pub struct MemberRow {
    /// Of the person.
    pub id: UserId,
    /// As they write it.
    pub name: String,
    /// Login.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// UTC.
    pub joined_at: DateTime<Utc>,
}

/// Why a membership was not changed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// There is no such member, or no longer.
    #[error("there is no such member")]
    NotFound,
    /// Nobody but owners touches owners, and nobody but owners and admins anybody.
    #[error("your role may not do this")]
    Forbidden,
    /// An organization always has an owner.
    #[error("this is the only owner: make somebody else an owner first")]
    LastOwner,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for MemberError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Forbidden => Kind::Forbidden,
            Self::LastOwner => Kind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }
}

/// All members, owners first, then by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list_members(tx: &mut TenantTx) -> Result<Vec<MemberRow>, StorageError> {
    let organization = tx.organization();
    let rows = sqlx::query!(
        "SELECT u.id, u.name, u.email, m.role, m.created_at
         FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.organization_id = $1
         ORDER BY array_position(ARRAY['owner', 'admin', 'accountant', 'member', 'viewer'], m.role), lower(u.name), u.id",
        organization.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let member = |row| {
        let (id, name, email, role, joined_at): (uuid::Uuid, String, String, String, DateTime<Utc>) = row;
        Ok(MemberRow { id: id.into(), name, email, role: parse(&role)?, joined_at })
    };
    rows.into_iter().map(|row| member((row.id, row.name, row.email, row.role, row.created_at))).collect()
}

pub(super) fn parse(role: &str) -> Result<Role, StorageError> {
    role.parse().map_err(|error: &str| StorageError(sqlx::Error::Decode(error.into())))
}

/// Lets changes of membership through one at a time, until the transaction ends. Rows that merely refer to the
/// organization are not held up.
pub(super) async fn lock(tx: &mut TenantTx) -> Result<(), StorageError> {
    let organization = tx.organization();
    sqlx::query!("SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE", organization.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(())
}

/// The role of a member of the transaction's organization; none of somebody else. Under [`lock`] it is as it stays,
/// whatever it was when the request began.
///
/// # Errors
/// When the database does not answer.
pub async fn role_of(tx: &mut TenantTx, user: UserId) -> Result<Option<Role>, StorageError> {
    let organization = tx.organization();
    let role = sqlx::query_scalar!(
        "SELECT role FROM memberships WHERE organization_id = $1 AND user_id = $2",
        organization.0,
        user.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    role.map(|role| parse(&role)).transpose()
}

/// Whether the organization has an owner besides this one.
async fn keep_an_owner(tx: &mut TenantTx, user: UserId) -> Result<(), MemberError> {
    let organization = tx.organization();
    let others = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM memberships
           WHERE organization_id = $1 AND user_id <> $2 AND role = 'owner'"#,
        organization.0,
        user.0,
    )
    .fetch_one(tx.conn())
    .await
    .map_err(StorageError)?;
    if others == 0 { Err(MemberError::LastOwner) } else { Ok(()) }
}

/// Gives a member another role. `by` is whoever asks for it.
///
/// # Errors
/// See [`MemberError`].
pub async fn change_role(
    tx: &mut TenantTx,
    by: UserId,
    member: UserId,
    role: Role,
    origin: &Origin,
) -> Result<(), MemberError> {
    lock(tx).await?;
    let own = role_of(tx, by).await?.ok_or(MemberError::Forbidden)?;
    let old = role_of(tx, member).await?.ok_or(MemberError::NotFound)?;
    if !own.may_touch(old) || !own.may_touch(role) {
        return Err(MemberError::Forbidden);
    }
    if old == role {
        return Ok(());
    }
    if old == Role::Owner {
        keep_an_owner(tx, member).await?;
    }
    set_role(tx, member, role, origin).await?;
    let detail = json!({ "from": old.name(), "to": role.name() });
    record(tx, origin, "member.role_changed", member, detail).await
}

async fn set_role(tx: &mut TenantTx, member: UserId, role: Role, origin: &Origin) -> Result<(), MemberError> {
    let organization = tx.organization();
    sqlx::query!(
        "UPDATE memberships SET role = $3 WHERE organization_id = $1 AND user_id = $2",
        organization.0,
        member.0,
        role.name(),
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    if !role.allows(Permission::ManageMembers) {
        revoke_invitations_of(tx, member, origin).await?;
    }
    Ok(())
}

/// What somebody offered whose word no longer counts is no offer any more.
async fn revoke_invitations_of(
    tx: &mut TenantTx,
    member: UserId,
    origin: &Origin,
) -> Result<(), StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    let revoked = sqlx::query!(
        "UPDATE invitations SET revoked_at = $3
         WHERE organization_id = $1 AND invited_by = $2 AND accepted_at IS NULL AND revoked_at IS NULL
         RETURNING id, email",
        organization.0,
        member.0,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    for invitation in revoked {
        let subject = Subject { kind: "invitation", id: Some(invitation.id) };
        let detail = json!({ "email": invitation.email, "because": "who sent it may not invite any more" });
        audit::record(tx, origin, "invitation.revoked", subject, detail).await?;
    }
    Ok(())
}

/// Ends somebody's membership; their next request finds them outside. Keys that they made belong to the organization
/// and go on working.
///
/// # Errors
/// See [`MemberError`].
pub async fn remove_member(
    tx: &mut TenantTx,
    by: UserId,
    member: UserId,
    origin: &Origin,
) -> Result<(), MemberError> {
    lock(tx).await?;
    let own = role_of(tx, by).await?.ok_or(MemberError::Forbidden)?;
    let role = role_of(tx, member).await?.ok_or(MemberError::NotFound)?;
    if !own.may_touch(role) {
        return Err(MemberError::Forbidden);
    }
    end(tx, member, role, origin).await?;
    record(tx, origin, "member.removed", member, json!({ "role": role.name() })).await
}

/// Ends one's own membership.
///
/// # Errors
/// See [`MemberError`].
pub async fn leave(tx: &mut TenantTx, member: UserId, origin: &Origin) -> Result<(), MemberError> {
    lock(tx).await?;
    let role = role_of(tx, member).await?.ok_or(MemberError::NotFound)?;
    end(tx, member, role, origin).await?;
    record(tx, origin, "member.left", member, json!({ "role": role.name() })).await
}

async fn end(tx: &mut TenantTx, member: UserId, role: Role, origin: &Origin) -> Result<(), MemberError> {
    if role == Role::Owner {
        keep_an_owner(tx, member).await?;
    }
    revoke_invitations_of(tx, member, origin).await?;
    let organization = tx.organization();
    sqlx::query!(
        "DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2",
        organization.0,
        member.0,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    Ok(())
}

/// Makes somebody else the owner in place of `by`, who stays as an admin.
///
/// # Errors
/// See [`MemberError`].
pub async fn transfer_ownership(
    tx: &mut TenantTx,
    by: UserId,
    to: UserId,
    origin: &Origin,
) -> Result<(), MemberError> {
    lock(tx).await?;
    let own = role_of(tx, by).await?.ok_or(MemberError::Forbidden)?;
    if !own.allows(Permission::ManageOwnership) {
        return Err(MemberError::Forbidden);
    }
    role_of(tx, to).await?.filter(|_| to != by).ok_or(MemberError::NotFound)?;
    set_role(tx, to, Role::Owner, origin).await?;
    set_role(tx, by, Role::Admin, origin).await?;
    record(tx, origin, "ownership.transferred", to, json!({})).await
}

async fn record(
    tx: &mut TenantTx,
    origin: &Origin,
    action: &str,
    member: UserId,
    detail: serde_json::Value,
) -> Result<(), MemberError> {
    let subject = Subject { kind: "user", id: Some(member.0) };
    Ok(audit::record(tx, origin, action, subject, detail).await?)
}
