//! Who calls the API: key and allow-list, in the transaction in which the call then works.

use std::net::IpAddr;

use chrono::TimeDelta;

use super::Secret;
use crate::{
    ApiKeyId, Database, Failure, Kind, StorageError, TenantTx,
    audit::{Actor, Origin},
    organizations::AllowList,
};

/// A program whose key and address were accepted, with its tenant's transaction.
#[derive(Debug)]
pub struct ApiCaller {
    /// The key.
    pub key: ApiKeyId,
    /// Where the call came from.
    pub address: IpAddr,
    /// For the work of the call.
    pub tx: TenantTx,
}

impl ApiCaller {
    /// For the audit log.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::of(Actor::ApiKey(self.key), Some(self.address.to_string()))
    }
}

/// Why a call was refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// No key, or none that works.
    #[error("the API key is missing, unknown or revoked")]
    UnknownKey,
    /// The key is right, its organization is being deleted.
    #[error("the organization of this API key is being deleted")]
    OrganizationClosed,
    /// The key is right, its organization does not admit the address.
    #[error("API keys of this organization do not work from {0}")]
    AddressNotAllowed(IpAddr),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for AuthenticateError {
    fn kind(&self) -> Kind {
        match self {
            Self::UnknownKey => Kind::Unauthenticated,
            Self::OrganizationClosed | Self::AddressNotAllowed(_) => Kind::Forbidden,
            Self::Storage(error) => error.kind(),
        }
    }
}

/// Checks a presented key and the caller's address against the organization's allow-list.
///
/// # Errors
/// See [`AuthenticateError`].
pub async fn authenticate_api_key(
    db: &Database,
    presented: &str,
    address: IpAddr,
) -> Result<ApiCaller, AuthenticateError> {
    let secret = Secret::parse(presented).ok_or(AuthenticateError::UnknownKey)?;
    let mut tx = db.tenant(secret.organization()).await?;
    let row = sqlx::query!(
        r#"SELECT k.id, k.last_used_at, o.allowed_ips, o.deletion_requested_at IS NOT NULL AS "closed!"
         FROM api_keys k JOIN organizations o ON o.id = k.organization_id
         WHERE k.secret_hash = $1 AND k.revoked_at IS NULL"#,
        &secret.hash(),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(StorageError)?
    .ok_or(AuthenticateError::UnknownKey)?;

    if row.closed {
        return Err(AuthenticateError::OrganizationClosed);
    }
    let list: AllowList = serde_json::from_value(row.allowed_ips)
        .map_err(|error| StorageError(sqlx::Error::Decode(error.into())))?;
    let address = address.to_canonical();
    if !list.admits(address) {
        return Err(AuthenticateError::AddressNotAllowed(address));
    }
    let key = ApiKeyId(row.id);
    let stale = row.last_used_at.is_none_or(|at| tx.now() - at > TimeDelta::minutes(1));
    if stale {
        // Never two connections at once: calls that wait for their second one would block each other.
        drop(tx);
        note_use(db, &secret, key).await?;
        tx = db.tenant(secret.organization()).await?;
    }
    Ok(ApiCaller { key, address, tx })
}

/// Once a minute and key, in a transaction of its own: reading calls commit nothing.
async fn note_use(db: &Database, secret: &Secret, key: ApiKeyId) -> Result<(), StorageError> {
    let mut tx = db.tenant(secret.organization()).await?;
    let now = tx.now();
    sqlx::query!("UPDATE api_keys SET last_used_at = $2 WHERE id = $1", key.0, now)
        .execute(tx.conn())
        .await?;
    let _none = tx.commit().await?;
    Ok(())
}
