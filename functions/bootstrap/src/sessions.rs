//! Web sessions: DynamoDB items that expire by themselves.
//!
//! The browser holds a random token of 256 bits, the table only its SHA-256, so that whoever reads the table
//! cannot act for anybody. DynamoDB deletes expired items late ("How it works: DynamoDB Time to Live"), so the
//! time is checked on reading as well.

use std::{collections::HashMap, fmt};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, error::DisplayErrorContext, types::AttributeValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, OrganizationId, UserId};
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};

/// A session ends when it was not used for this long.
const IDLE: TimeDelta = TimeDelta::days(14);
/// A session ends this long after sign-in, whatever happens.
const ABSOLUTE: TimeDelta = TimeDelta::days(90);
/// The expiry is moved at most this often, so that reading a page seldom writes.
const TOUCH_AFTER: TimeDelta = TimeDelta::days(1);

/// The table of sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    client: Client,
    table: String,
    clock: Clock,
}

/// What the browser holds. Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// What a cookie carries; any text may be presented.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For the cookie.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn generate() -> Self {
        let mut random = [0_u8; 32];
        OsRng.try_fill_bytes(&mut random).expect("the system's random generator is there");
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    fn id(&self) -> AttributeValue {
        AttributeValue::S(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub user: UserId,
    /// In which organization; none for staff.
    pub organization: Option<OrganizationId>,
    /// When they signed in, UTC, to the second.
    pub created_at: DateTime<Utc>,
}

/// The table did not answer.
#[derive(Debug, thiserror::Error)]
#[error("sessions: {0}")]
pub struct SessionError(String);

impl Sessions {
    pub(crate) fn new(aws: &SdkConfig, table: &str, clock: Clock) -> Self {
        Self { client: Client::new(aws), table: table.to_owned(), clock }
    }

    /// Begins a session under a new token.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn begin(
        &self,
        user: UserId,
        organization: Option<OrganizationId>,
    ) -> Result<SessionToken, SessionError> {
        let (token, now) = (SessionToken::generate(), self.clock.now());
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", token.id())
            .item("user_id", AttributeValue::S(user.to_string()))
            .item("created_at", seconds(now))
            .item("expires_at", seconds(now + IDLE));
        if let Some(organization) = organization {
            put = put.item("organization_id", AttributeValue::S(organization.to_string()));
        }
        put.send().await.map_err(unavailable)?;
        Ok(token)
    }

    /// The session of a presented token; none when it is unknown, ended or expired.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn find(&self, token: &SessionToken) -> Result<Option<Session>, SessionError> {
        let get = self.client.get_item().table_name(&self.table).key("id", token.id()).consistent_read(true);
        let Some(item) = get.send().await.map_err(unavailable)?.item else { return Ok(None) };
        let Some((session, expires_at)) = read(&item) else { return Ok(None) };
        let now = self.clock.now();
        if now >= expires_at || now >= session.created_at + ABSOLUTE {
            return Ok(None);
        }
        if expires_at - now < IDLE - TOUCH_AFTER {
            self.touch(token, now).await;
        }
        Ok(Some(session))
    }

    /// Ends a session; one that has ended is no error.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn end(&self, token: &SessionToken) -> Result<(), SessionError> {
        let delete = self.client.delete_item().table_name(&self.table).key("id", token.id());
        delete.send().await.map_err(unavailable)?;
        Ok(())
    }

    /// Moves the expiry, unless the session was ended meanwhile.
    async fn touch(&self, token: &SessionToken, now: DateTime<Utc>) {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", token.id())
            .update_expression("SET expires_at = :expires_at")
            .condition_expression("attribute_exists(id)")
            .expression_attribute_values(":expires_at", seconds(now + IDLE));
        if let Err(error) = update.send().await {
            tracing::warn!(error = %DisplayErrorContext(error), "the session's expiry was not moved");
        }
    }
}

fn seconds(at: DateTime<Utc>) -> AttributeValue {
    AttributeValue::N(at.timestamp().to_string())
}

fn read(item: &HashMap<String, AttributeValue>) -> Option<(Session, DateTime<Utc>)> {
    let text = |key: &str| item.get(key)?.as_s().ok();
    let time = |key: &str| DateTime::from_timestamp(item.get(key)?.as_n().ok()?.parse().ok()?, 0);
    let session = Session {
        user: text("user_id")?.parse().ok()?,
        organization: text("organization_id").and_then(|id| id.parse().ok()),
        created_at: time("created_at")?,
    };
    Some((session, time("expires_at")?))
}

fn unavailable<E: std::error::Error>(error: E) -> SessionError {
    SessionError(DisplayErrorContext(error).to_string())
}

impl domain::Failure for SessionError {
    fn kind(&self) -> domain::Kind {
        domain::Kind::Unavailable
    }
}
