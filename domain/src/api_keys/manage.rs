//! Making, listing and revoking keys.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Secret;
use crate::{
    ApiKeyId, FieldErrors, InputError, StorageError, TenantTx, UserId,
    audit::{self, Actor, Origin, Subject},
};

/// A key in a list; its secret is known to nobody any more.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Of the key.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// Its recognizable part.
    pub prefix: String,
    /// Name of the person who made it.
    pub created_by: String,
    /// UTC.
    pub created_at: DateTime<Utc>,
    /// UTC, to the minute; none when it was never used.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Makes a key. `name` has 1..=100 characters.
///
/// # Errors
/// See [`InputError`]; the field is `name`.
pub async fn create_api_key(
    tx: &mut TenantTx,
    name: &str,
    by: UserId,
    address: Option<String>,
) -> Result<Secret, InputError> {
    let name = name.trim();
    let problem = match name.chars().count() {
        0 => Some("Say what the key is for, such as “Warehouse”"),
        1..=100 => None,
        _ => Some("Use 100 characters at most"),
    };
    if let Some(problem) = problem {
        return Err(FieldErrors::one("name", problem).into());
    }
    let (organization, now) = (tx.organization(), tx.now());
    let secret = Secret::generate(organization);
    let id = ApiKeyId::new(now);
    sqlx::query!(
        "INSERT INTO api_keys (id, organization_id, name, prefix, secret_hash, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        organization.0,
        name,
        secret.visible(),
        &secret.hash(),
        by.0,
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    let origin = Origin::of(Actor::User(by), address);
    let subject = Subject { kind: "api_key", id: Some(id.0) };
    audit::record(tx, &origin, "api_key.created", subject, json!({ "name": name })).await?;
    Ok(secret)
}

/// The keys that work, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_api_keys(tx: &mut TenantTx) -> Result<Vec<ApiKey>, StorageError> {
    let organization = tx.organization();
    Ok(sqlx::query_as!(
        ApiKey,
        "SELECT k.id, k.name, k.prefix, u.name AS created_by, k.created_at, k.last_used_at
         FROM api_keys k JOIN users u ON u.id = k.created_by
         WHERE k.organization_id = $1 AND k.revoked_at IS NULL ORDER BY k.created_at DESC, k.id DESC",
        organization.0,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Ends a key at once. Answers its name; none when there is no such key, or no longer.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_api_key(
    tx: &mut TenantTx,
    id: ApiKeyId,
    origin: &Origin,
) -> Result<Option<String>, StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    let name = sqlx::query_scalar!(
        "UPDATE api_keys SET revoked_at = $3
         WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING name",
        organization.0,
        id.0,
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(name) = &name {
        let subject = Subject { kind: "api_key", id: Some(id.0) };
        audit::record(tx, origin, "api_key.revoked", subject, json!({ "name": name })).await?;
    }
    Ok(name)
}
