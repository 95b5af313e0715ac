//! Typed ids, one list. All are UUIDv7 (RFC 9562), so they sort by the time at which they were made.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id for something that comes into being at `at`.
            #[must_use]
            pub fn new(at: DateTime<Utc>) -> Self {
                Self(uuid_v7(at))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// An organization: the tenant.
    OrganizationId,
    /// A person with a login.
    UserId,
    /// A key of the API.
    ApiKeyId,
    /// A customer of an organization.
    CustomerId,
    /// An invitation to an organization.
    InvitationId,
    /// One uploaded file of customers.
    ImportId,
    /// A message on its way to a queue.
    OutboxId,
    /// A passkey of a person.
    PasskeyId,
    /// An entry of the audit log.
    AuditEventId,
}

impl AuditEventId {
    /// The id of the `nth` entry of a transaction at `at`: a counter follows the time (RFC 9562, 6.2), so that entries
    /// sort as they were written. Beyond 4095 they sort in no order.
    pub(crate) fn nth(at: DateTime<Utc>, nth: u16) -> Self {
        let mut bytes = uuid_v7(at).into_bytes();
        let [high, low] = nth.min(0x0fff).to_be_bytes();
        // The version stands before the twelve bits of the counter.
        (bytes[6], bytes[7]) = (0x70 | high, low);
        Self(Uuid::from_bytes(bytes))
    }
}

fn uuid_v7(at: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_transaction_sort_as_they_were_written_and_before_those_of_a_later_one() {
        let at = DateTime::from_timestamp(1_795_363_200, 7_000_000).unwrap();
        let later = DateTime::from_timestamp(1_795_363_200, 8_000_000).unwrap();
        let ids: Vec<_> =
            (0..300).map(|nth| AuditEventId::nth(at, nth)).chain([AuditEventId::nth(later, 0)]).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.0.get_version_num() == 7));
        assert_ne!(AuditEventId::nth(at, 1), AuditEventId::nth(at, 1));
    }
}
