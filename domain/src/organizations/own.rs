//! The organizations of one person: to switch between, and to add to.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Role, add_member, members::parse};
use crate::{
    Database, FieldErrors, IdentityTx, InputError, OrganizationId, StorageError, UserId,
    audit::{self, Actor, Origin, Subject},
};

/// One to which the person belongs.
#[derive(Debug, Clone)]
pub struct OwnOrganization {
    /// The tenant.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// The person's role there.
    pub role: Role,
    /// When its deletion was asked for, if it was: owners can still restore it.
    pub closed_at: Option<DateTime<Utc>>,
}

/// All of them, by name; those that are being deleted last.
///
/// # Errors
/// When the database does not answer.
pub async fn own_organizations(
    tx: &mut IdentityTx,
    user: UserId,
) -> Result<Vec<OwnOrganization>, StorageError> {
    let rows = sqlx::query!(
        "SELECT o.id, o.name, m.role, o.deletion_requested_at
         FROM memberships m JOIN organizations o ON o.id = m.organization_id
         WHERE m.user_id = $1 ORDER BY o.deletion_requested_at IS NOT NULL, lower(o.name), o.id",
        user.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OwnOrganization {
                id: row.id.into(),
                name: row.name,
                role: parse(&row.role)?,
                closed_at: row.deletion_requested_at,
            })
        })
        .collect()
}

/// A name that an organization can have. The field is `organization`.
///
/// # Errors
/// What is wrong with it.
pub fn organization_name(text: &str) -> Result<&str, FieldErrors> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(FieldErrors::one("organization", "Enter the company's name")),
        1..=200 => Ok(text),
        _ => Err(FieldErrors::one("organization", "A company's name has 200 characters at most")),
    }
}

/// Makes an organization of which `owner` is the owner. The field is `organization`.
///
/// # Errors
/// See [`InputError`].
pub async fn create_organization(
    db: &Database,
    name: &str,
    owner: UserId,
    address: Option<String>,
) -> Result<OrganizationId, InputError> {
    let name = organization_name(name)?;
    let organization = OrganizationId::new(db.clock().now());
    let mut tx = db.tenant(organization).await?;
    let now = tx.now();
    sqlx::query!(
        "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)",
        organization.0,
        name,
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    add_member(&mut tx, owner, Role::Owner).await?;
    let origin = Origin::of(Actor::User(owner), address);
    let subject = Subject { kind: "organization", id: Some(organization.0) };
    audit::record(&mut tx, &origin, "organization.created", subject, json!({})).await?;
    let _none = tx.commit().await?;
    Ok(organization)
}
