//! Staff who see Velox as a customer's user does, to help them: with a reason, for half an hour, and on the record.
//!
//! It takes two steps on two hosts. The console, which sees all tenants, allows it; the customers' pages, which see one,
//! begin it with what the console's one-time ticket carries, and look with each request whether it goes on.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{SessionEpoch, StaffMember};
use crate::{
    CrossTenantTx, Database, Failure, FieldError, FieldErrors, IdentityTx, Kind, OrganizationId,
    StorageError, TenantTx, UserId,
    audit::{self, Actor, Origin, Subject},
    mail::MailJob,
    organizations::{list_people, membership},
    outbox::{self, Job},
};

/// It ends this long after it was allowed, whatever happens.
const LASTS: TimeDelta = TimeDelta::minutes(30);

/// Who of the staff acts in somebody's place, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impersonator {
    /// The member of staff.
    pub staff: UserId,
    /// Their address, as it was when they began.
    pub email: String,
    /// Of their own sessions: when theirs is another, this one has ended.
    pub session_epoch: SessionEpoch,
    /// The end, UTC.
    pub until: DateTime<Utc>,
}

/// What was allowed: the ticket gives it to whoever takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impersonation {
    /// By whom, and until when.
    pub by: Impersonator,
    /// In whose place.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Of their sessions: when it is another, they have ended this one as well.
    pub session_epoch: SessionEpoch,
    /// In which organization, and in no other.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Why, on one line.
    pub reason: String,
}

/// Why nobody acts in somebody's place.
#[derive(Debug, thiserror::Error)]
pub enum ImpersonationError {
    /// The reason says too little, or too much. The field is `reason`.
    #[error(transparent)]
    Reason(#[from] FieldErrors),
    /// The organization has no such member.
    #[error("there is no such member")]
    NoMember,
    /// Who is staff could lend what they may do to others.
    #[error("Nobody signs in as a member of staff. Ask them.")]
    Staff,
    /// What was allowed is not so any more: either of the two has ended their sessions or lost their place.
    #[error("This is not allowed any more")]
    Over,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for ImpersonationError {
    fn kind(&self) -> Kind {
        match self {
            Self::Reason(_) => Kind::Invalid,
            Self::NoMember => Kind::NotFound,
            Self::Staff | Self::Over => Kind::Forbidden,
            Self::Storage(error) => error.kind(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Reason(errors) => errors.as_slice(),
            _ => &[],
        }
    }
}

/// Allows a member of staff to act in the place of a member of an organization. Writes nothing: what is made of it is
/// noted when it begins.
///
/// # Errors
/// See [`ImpersonationError`].
pub async fn allow_impersonation(
    tx: &mut CrossTenantTx,
    by: &StaffMember,
    (organization, user): (OrganizationId, UserId),
    reason: &str,
) -> Result<Impersonation, ImpersonationError> {
    let people = list_people(tx, organization, Some(user)).await?;
    let person = people.into_iter().next().ok_or(ImpersonationError::NoMember)?;
    if person.is_staff {
        return Err(ImpersonationError::Staff);
    }
    let by = Impersonator {
        staff: by.user,
        email: by.email.clone(),
        session_epoch: by.session_epoch,
        until: tx.now() + LASTS,
    };
    Ok(Impersonation {
        by,
        user,
        email: person.email,
        session_epoch: person.session_epoch,
        organization,
        organization_name: person.organization_name,
        reason: checked(reason)?,
    })
}

/// On one line, and long enough to say something to the customer who reads it.
fn checked(reason: &str) -> Result<String, FieldErrors> {
    let reason: String = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let reason: String = reason.chars().filter(|c| !c.is_control()).collect();
    match reason.chars().count() {
        0..10 => Err(FieldErrors::one(
            "reason",
            "Say why in at least 10 characters, such as the number of the customer's request",
        )),
        10..=500 => Ok(reason),
        _ => Err(FieldErrors::one("reason", "Use 500 characters at most")),
    }
}

/// Begins what was allowed: in the transaction that is answered it is noted in the audit log, and mailed to the person.
///
/// # Errors
/// See [`ImpersonationError`].
pub async fn begin_impersonation(
    db: &Database,
    wanted: &Impersonation,
    address: String,
) -> Result<TenantTx, ImpersonationError> {
    let mut tx = db.identity(wanted.user).await?;
    if !impersonation_goes_on(&mut tx, &wanted.by).await? {
        return Err(ImpersonationError::Over);
    }
    if staff_session_epoch(&mut tx, wanted.user).await?.is_some() {
        return Err(ImpersonationError::Staff);
    }
    let found = membership(tx, wanted.organization).await?;
    let found = found.filter(|(who, _)| who.session_epoch == wanted.session_epoch);
    let (_, mut tx) = found.ok_or(ImpersonationError::Over)?;
    let impersonator = Some(wanted.by.clone());
    let origin = Origin { actor: Actor::User(wanted.user), address: Some(address), impersonator };
    let subject = Subject { kind: "user", id: Some(wanted.user.0) };
    let until = wanted.by.until.format("%Y-%m-%d %H:%M UTC").to_string();
    let detail = json!({ "reason": wanted.reason, "until": until });
    audit::record(&mut tx, &origin, "impersonation.began", subject, detail).await?;
    let mail = MailJob::Impersonated { at: tx.now(), impersonation: Box::new(wanted.clone()) };
    outbox::enqueue(&mut tx, &Job::mail(mail)).await?;
    Ok(tx)
}

/// Whether whoever acts in somebody's place is still staff, and has not ended their own sessions: asked with each
/// request.
///
/// # Errors
/// When the database does not answer.
pub async fn impersonation_goes_on(tx: &mut IdentityTx, by: &Impersonator) -> Result<bool, StorageError> {
    Ok(staff_session_epoch(tx, by.staff).await? == Some(by.session_epoch))
}

async fn staff_session_epoch(
    tx: &mut IdentityTx,
    user: UserId,
) -> Result<Option<SessionEpoch>, StorageError> {
    let epoch = sqlx::query_scalar!("SELECT staff_session_epoch($1)", user.0).fetch_one(tx.conn()).await?;
    Ok(epoch.map(SessionEpoch))
}

/// Notes that it was ended before its time, by either of the two.
///
/// # Errors
/// When the database does not answer.
pub async fn note_end_of_impersonation(
    db: &Database,
    (organization, user): (OrganizationId, UserId),
    origin: &Origin,
) -> Result<(), StorageError> {
    let mut tx = db.tenant(organization).await?;
    let subject = Subject { kind: "user", id: Some(user.0) };
    audit::record(&mut tx, origin, "impersonation.ended", subject, json!({})).await?;
    let _none = tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_10_to_500_characters_on_one_line() {
        assert_eq!(
            checked("  Request 4711:\n the import\u{7} fails ").unwrap(),
            "Request 4711: the import fails"
        );
        assert!(checked("too short").is_err() && checked("          ").is_err());
        assert!(checked(&"ü".repeat(500)).is_ok() && checked(&"ü".repeat(501)).is_err());
    }
}
