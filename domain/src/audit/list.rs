//! Reading the log: a page of it, or all that a file can hold.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Origin, Subject, describe, record};
use crate::{StorageError, TenantTx, UserId, spreadsheet::Spreadsheet};

/// Most entries of one file.
pub const MOST_EXPORTED: i64 = 10_000;

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// As recorded; empty for all.
    pub action: String,
    /// Done by this person, or to them.
    pub person: Option<UserId>,
    /// On this day or later, UTC.
    pub from: Option<NaiveDate>,
    /// On this day or earlier, UTC.
    pub to: Option<NaiveDate>,
}

/// An entry as a person reads it.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// UTC.
    pub at: DateTime<Utc>,
    /// Name of the person or key; "Velox" for jobs.
    pub actor: String,
    /// Address of the person, if it was one.
    pub actor_email: Option<String>,
    /// As recorded.
    pub action: String,
    /// Name or kind of what it is about.
    pub subject: String,
    /// Its id, where it has no name.
    pub subject_id: Option<Uuid>,
    /// Network address, if it came over the network.
    pub address: Option<String>,
    /// Address of the member of staff who did it in the person's place, if it was not the person.
    pub support: Option<String>,
    /// What else was recorded, such as `role: viewer`; may be empty.
    pub detail: String,
}

struct Row {
    at: DateTime<Utc>,
    actor_kind: String,
    actor_name: Option<String>,
    actor_email: Option<String>,
    key_name: Option<String>,
    action: String,
    subject_kind: String,
    subject_id: Option<Uuid>,
    subject_name: Option<String>,
    address: Option<String>,
    impersonator_email: Option<String>,
    detail: Value,
}

/// Entries that match, the newest first: up to `limit` after skipping `offset`.
///
/// # Errors
/// When the database does not answer.
pub async fn list_audit_events(
    tx: &mut TenantTx,
    filter: &AuditFilter,
    offset: i64,
    limit: i64,
) -> Result<Vec<AuditEvent>, StorageError> {
    let organization = tx.organization();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT a.at, a.actor_kind, actor.name AS "actor_name?", actor.email AS "actor_email?",
                  key.name AS "key_name?", a.action, a.subject_kind, a.subject_id,
                  coalesce(subject.name, subject_key.name) AS subject_name, a.address, a.impersonator_email,
                  a.detail
           FROM audit_events a
           LEFT JOIN users actor ON a.actor_kind = 'user' AND actor.id = a.actor_id
           LEFT JOIN api_keys key ON a.actor_kind = 'api_key' AND key.id = a.actor_id
           LEFT JOIN users subject ON a.subject_kind = 'user' AND subject.id = a.subject_id
           LEFT JOIN api_keys subject_key ON a.subject_kind = 'api_key' AND subject_key.id = a.subject_id
           WHERE a.organization_id = $1 AND ($2 = '' OR a.action = $2)
             AND ($3::uuid IS NULL OR a.actor_id = $3 OR a.subject_id = $3)
             AND ($4::timestamptz IS NULL OR a.at >= $4) AND ($5::timestamptz IS NULL OR a.at < $5)
           ORDER BY a.id DESC OFFSET $6 LIMIT $7"#,
        organization.0,
        filter.action,
        filter.person.map(|person| person.0),
        filter.begin(),
        filter.end(),
        offset,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Row::told).collect())
}

/// How many entries match.
///
/// # Errors
/// When the database does not answer.
pub async fn count_audit_events(tx: &mut TenantTx, filter: &AuditFilter) -> Result<i64, StorageError> {
    let organization = tx.organization();
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM audit_events
           WHERE organization_id = $1 AND ($2 = '' OR action = $2)
             AND ($3::uuid IS NULL OR actor_id = $3 OR subject_id = $3)
             AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)"#,
        organization.0,
        filter.action,
        filter.person.map(|person| person.0),
        filter.begin(),
        filter.end(),
    )
    .fetch_one(tx.conn())
    .await?)
}

/// The newest [`MOST_EXPORTED`] entries that match, as CSV; that they were taken out is itself recorded.
///
/// # Errors
/// When the database does not answer.
pub async fn export_audit_events(
    tx: &mut TenantTx,
    filter: &AuditFilter,
    origin: &Origin,
) -> Result<Vec<u8>, StorageError> {
    let file = audit_file(tx, filter, MOST_EXPORTED).await?;
    let subject = Subject { kind: "organization", id: Some(tx.organization().0) };
    record(tx, origin, "audit.exported", subject, json!({})).await?;
    Ok(file)
}

/// Up to `most` entries as CSV.
pub(crate) async fn audit_file(
    tx: &mut TenantTx,
    filter: &AuditFilter,
    most: i64,
) -> Result<Vec<u8>, StorageError> {
    const BATCH: i64 = 1_000;
    let columns = [
        "at",
        "actor",
        "actor_email",
        "action",
        "what",
        "subject",
        "subject_id",
        "address",
        "detail",
        "support",
    ];
    let mut file = Spreadsheet::new(&columns)?;
    let mut offset = 0;
    while offset < most {
        let events = list_audit_events(tx, filter, offset, BATCH.min(most - offset)).await?;
        for event in &events {
            let email = event.actor_email.as_deref().unwrap_or_default();
            let address = event.address.as_deref().unwrap_or_default();
            let support = event.support.as_deref().unwrap_or_default();
            let at = event.at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let what = describe(&event.action);
            let id = event.subject_id.map(|id| id.to_string()).unwrap_or_default();
            let (actor, action, subject) = (&event.actor, &event.action, &event.subject);
            file.row([&at, actor, email, action, what, subject, &id, address, &event.detail, support])?;
        }
        if events.is_empty() {
            break;
        }
        offset += BATCH;
    }
    file.finish()
}

impl AuditFilter {
    /// Whether it leaves anything out.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.action.is_empty() || self.person.is_some() || self.from.is_some() || self.to.is_some()
    }

    fn begin(&self) -> Option<DateTime<Utc>> {
        Some(self.from?.and_hms_opt(0, 0, 0)?.and_utc())
    }

    fn end(&self) -> Option<DateTime<Utc>> {
        Some(self.to?.and_hms_opt(0, 0, 0)?.and_utc() + TimeDelta::days(1))
    }
}

impl Row {
    fn told(self) -> AuditEvent {
        let actor = match self.actor_kind.as_str() {
            "user" => self.actor_name.unwrap_or_else(|| "Somebody who left".to_owned()),
            "api_key" => format!("API key “{}”", self.key_name.unwrap_or_default()),
            _ => "Velox".to_owned(),
        };
        let kind = self.subject_kind.replace('_', " ");
        // The organization is the one that reads.
        let named = self.subject_name.is_some() || kind == "organization";
        let subject_id = self.subject_id.filter(|_| !named);
        let subject = self.subject_name.unwrap_or(kind);
        AuditEvent {
            at: self.at,
            actor,
            actor_email: self.actor_email,
            action: self.action,
            subject,
            subject_id,
            address: self.address,
            support: self.impersonator_email,
            detail: in_words(&self.detail),
        }
    }
}

/// `role: viewer, from: 10.0.0.0/8; 192.0.2.1`.
fn in_words(detail: &Value) -> String {
    fn text(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join("; "),
            other => other.to_string(),
        }
    }
    let Value::Object(entries) = detail else { return text(detail) };
    let parts: Vec<_> =
        entries.iter().map(|(name, value)| format!("{}: {}", name.replace('_', " "), text(value))).collect();
    parts.join(", ")
}
