//! A session as an item of DynamoDB.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use domain::identity::{Impersonator, SessionEpoch};

use super::{ABSOLUTE, Audience, Device, IDLE, Session};
use crate::dynamo::{Item, number, read_number, read_text, read_time, seconds, text};

/// Everything but the key.
pub(super) fn write(session: &Session) -> Vec<(&'static str, AttributeValue)> {
    let mut item = vec![
        ("audience", text(name(session.audience))),
        ("user_id", text(session.user.to_string())),
        ("epoch", number(session.epoch.0)),
        ("created_at", seconds(session.created_at)),
        ("last_used_at", seconds(session.last_used_at)),
        ("expires_at", seconds(expires_at(session))),
        ("user_agent", text(&session.device.user_agent)),
        ("address", text(&session.device.address)),
    ];
    if let Some(organization) = session.organization {
        item.push(("organization_id", text(organization.to_string())));
    }
    if let Some(by) = &session.impersonator {
        item.push(("impersonator_id", text(by.staff.to_string())));
        item.push(("impersonator_email", text(&by.email)));
        item.push(("impersonator_epoch", number(by.session_epoch.0)));
        item.push(("impersonated_until", seconds(by.until)));
    }
    item
}

/// None where the person uses the session; an error where somebody else does who cannot be read: it opens nothing then.
fn read_impersonator(item: &Item) -> Result<Option<Impersonator>, Unreadable> {
    let Some(staff) = read_text(item, "impersonator_id") else { return Ok(None) };
    Ok(Some(Impersonator {
        staff: staff.parse().map_err(|_| Unreadable)?,
        email: read_text(item, "impersonator_email").ok_or(Unreadable)?.to_owned(),
        session_epoch: SessionEpoch(read_number(item, "impersonator_epoch").ok_or(Unreadable)?),
        until: read_time(item, "impersonated_until").ok_or(Unreadable)?,
    }))
}

struct Unreadable;

pub(super) fn expires_at(session: &Session) -> DateTime<Utc> {
    let own = (session.last_used_at + IDLE).min(session.created_at + ABSOLUTE);
    session.impersonator.as_ref().map_or(own, |by| own.min(by.until))
}

/// The session that an item is, unless its time is over. One from before sessions named their audience has ended.
pub(super) fn read_alive(item: &Item, now: DateTime<Utc>) -> Option<Session> {
    let session = Session {
        id: read_text(item, "id")?.to_owned(),
        audience: match read_text(item, "audience")? {
            "app" => Audience::App,
            "staff" => Audience::Staff,
            _ => return None,
        },
        user: read_text(item, "user_id")?.parse().ok()?,
        // One from before there were epochs began in the first.
        epoch: SessionEpoch(read_number(item, "epoch").unwrap_or_default()),
        organization: read_text(item, "organization_id").and_then(|id| id.parse().ok()),
        created_at: read_time(item, "created_at")?,
        last_used_at: read_time(item, "last_used_at")?,
        device: Device {
            user_agent: read_text(item, "user_agent").unwrap_or_default().to_owned(),
            address: read_text(item, "address").unwrap_or_default().to_owned(),
        },
        impersonator: read_impersonator(item).ok()?,
    };
    (now < expires_at(&session)).then_some(session)
}

fn name(audience: Audience) -> &'static str {
    match audience {
        Audience::App => "app",
        Audience::Staff => "staff",
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::UserId;

    use super::*;

    #[test]
    fn a_session_ends_after_14_idle_days_and_after_90_in_any_case() {
        let created_at = DateTime::from_timestamp(1_795_363_200, 0).unwrap();
        let session = |used_after: i64| Session {
            id: "x".to_owned(),
            audience: Audience::App,
            user: UserId::new(created_at),
            epoch: SessionEpoch::default(),
            organization: None,
            created_at,
            last_used_at: created_at + TimeDelta::days(used_after),
            device: Device::default(),
            impersonator: None,
        };
        let alive = |used_after: i64, day: i64| {
            let mut item: Item =
                write(&session(used_after)).into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            item.insert("id".to_owned(), text("x"));
            read_alive(&item, created_at + TimeDelta::days(day)).is_some()
        };
        assert!(alive(0, 13) && !alive(0, 14));
        assert!(alive(80, 89) && !alive(80, 90));
    }

    #[test]
    fn staff_in_somebodys_place_are_let_in_until_their_time_ends_and_never_without_it() {
        let created_at = DateTime::from_timestamp(1_795_363_200, 0).unwrap();
        let by = Impersonator {
            staff: UserId::new(created_at),
            email: "sam@velox.example".to_owned(),
            session_epoch: SessionEpoch(3),
            until: created_at + TimeDelta::minutes(30),
        };
        let session = Session {
            id: "x".to_owned(),
            audience: Audience::App,
            user: UserId::new(created_at),
            epoch: SessionEpoch::default(),
            organization: None,
            created_at,
            last_used_at: created_at,
            device: Device::default(),
            impersonator: Some(by),
        };
        let mut item: Item =
            write(&session).into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        item.insert("id".to_owned(), text("x"));
        assert_eq!(read_alive(&item, created_at + TimeDelta::minutes(29)), Some(session));
        assert_eq!(read_alive(&item, created_at + TimeDelta::minutes(30)), None);
        item.remove("impersonated_until");
        assert_eq!(read_alive(&item, created_at), None, "nobody becomes the person by a missing attribute");
    }
}
