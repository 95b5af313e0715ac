//! What happened, who did it, from where. Append-only: the application's role may neither change nor delete it.

mod action;
mod list;

use serde_json::Value;
use uuid::Uuid;

pub use action::{ACTIONS, describe};
pub(crate) use list::audit_file;
pub use list::{
    AuditEvent, AuditFilter, MOST_EXPORTED, count_audit_events, export_audit_events, list_audit_events,
};

use crate::{
    ApiKeyId, IdentityTx, OrganizationId, StorageError, TenantTx, UserId, database::Tx,
    identity::Impersonator,
};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person, signed in.
    User(UserId),
    /// A program with an API key.
    ApiKey(ApiKeyId),
    /// A job or the demo data.
    System,
}

impl Actor {
    fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ApiKey(_) => "api_key",
            Self::System => "system",
        }
    }

    fn id(self) -> Option<Uuid> {
        match self {
            Self::User(id) => Some(id.0),
            Self::ApiKey(id) => Some(id.0),
            Self::System => None,
        }
    }
}

/// Who acts, and the network address from which.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// IPv4 or IPv6 address as text; none for jobs.
    pub address: Option<String>,
    /// Who of the staff acts in the person's place, if it is not the person: named beside them.
    pub impersonator: Option<Impersonator>,
}

impl Origin {
    /// Somebody who acts for themselves, as no session of staff does.
    #[must_use]
    pub fn of(actor: Actor, address: Option<String>) -> Self {
        Self { actor, address, impersonator: None }
    }

    /// A job.
    #[must_use]
    pub fn system() -> Self {
        Self::of(Actor::System, None)
    }
}

/// What an entry is about.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) kind: &'static str,
    pub(crate) id: Option<Uuid>,
}

/// Writes an entry, in the transaction of what it tells.
pub(crate) async fn record(
    tx: &mut TenantTx,
    origin: &Origin,
    action: &str,
    subject: Subject,
    detail: Value,
) -> Result<(), StorageError> {
    let organization = tx.organization();
    write(tx, organization, origin, action, &subject, &detail).await
}

/// Writes an entry about a person's account once per organization of theirs, and answers those, in the order in
/// which they joined: an account belongs to no organization, and all of them are concerned.
pub(crate) async fn record_for_person(
    tx: &mut IdentityTx,
    origin: &Origin,
    action: &str,
    subject: Subject,
    detail: Value,
) -> Result<Vec<OrganizationId>, StorageError> {
    let user = tx.person()?;
    let organizations = sqlx::query_scalar!(
        "SELECT organization_id FROM memberships WHERE user_id = $1 ORDER BY created_at, organization_id",
        user.0,
    )
    .fetch_all(tx.conn())
    .await?;
    for organization in &organizations {
        set_organization(tx, &organization.to_string()).await?;
        let organization = OrganizationId(*organization);
        write(tx, organization, origin, action, &subject, &detail).await?;
    }
    set_organization(tx, "").await?;
    Ok(organizations.into_iter().map(OrganizationId).collect())
}

async fn set_organization(tx: &mut IdentityTx, id: &str) -> Result<(), StorageError> {
    sqlx::query_scalar!("SELECT set_config('velox.organization_id', $1, true)", id)
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

async fn write<Scope>(
    tx: &mut Tx<Scope>,
    organization: OrganizationId,
    origin: &Origin,
    action: &str,
    subject: &Subject,
    detail: &Value,
) -> Result<(), StorageError> {
    let (id, now) = (tx.next_audit_event(), tx.now());
    sqlx::query!(
        "INSERT INTO audit_events
             (id, organization_id, actor_kind, actor_id, action, subject_kind, subject_id, address, at, detail,
              impersonator_id, impersonator_email)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        id.0,
        organization.0,
        origin.actor.kind(),
        origin.actor.id(),
        action,
        subject.kind,
        subject.id,
        origin.address,
        now,
        detail,
        origin.impersonator.as_ref().map(|by| by.staff.0),
        origin.impersonator.as_ref().map(|by| by.email.as_str()),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
