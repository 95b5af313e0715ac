//! Web sessions: DynamoDB items that expire by themselves.
//!
//! The browser holds a random token of 256 bits, the table only its SHA-256. DynamoDB deletes expired items late
//! ("How it works: DynamoDB Time to Live"), so the time is checked on reading as well.

mod item;
mod own;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, types::ReturnValue};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Clock, OrganizationId, UserId,
    identity::{Impersonation, Impersonator, SessionEpoch},
};

use crate::{
    dynamo::{self, TableError, seconds, text},
    secret::Secret,
};

/// A session ends when it was not used for this long.
const IDLE: TimeDelta = TimeDelta::days(14);
/// A session ends this long after sign-in, whatever happens.
const ABSOLUTE: TimeDelta = TimeDelta::days(90);
/// The last use is noted at most this often, so that reading a page seldom writes.
const TOUCH_AFTER: TimeDelta = TimeDelta::hours(1);
const TABLE: &str = "sessions";

/// The table of sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    client: Client,
    table: String,
    clock: Clock,
}

/// Which pages a session opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The customers'.
    App,
    /// The staff's.
    Staff,
}

/// From where somebody signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// What the browser says of itself, cut to some length; empty when it says nothing.
    pub user_agent: String,
    /// Network address.
    pub address: String,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What the table knows it by: names it in a list, opens nothing.
    pub id: String,
    /// Which pages it opens.
    pub audience: Audience,
    /// Who.
    pub user: UserId,
    /// The epoch of the person's sessions in which it began: when theirs is another, it has ended.
    pub epoch: SessionEpoch,
    /// In which organization; none for staff, and for people without one.
    pub organization: Option<OrganizationId>,
    /// When they signed in, UTC, to the second.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the hour.
    pub last_used_at: DateTime<Utc>,
    /// From where it began.
    pub device: Device,
    /// Who of the staff acts in the person's place, if it is not the person. It ends with their time and is renewed by
    /// no use.
    pub impersonator: Option<Impersonator>,
}

impl Sessions {
    pub(crate) fn new(aws: &SdkConfig, table: &str, clock: Clock) -> Self {
        Self { client: dynamo::client(aws), table: table.to_owned(), clock }
    }

    /// Begins a session under a new token, for somebody who showed who they are in this epoch of their sessions.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn begin(
        &self,
        audience: Audience,
        (user, epoch): (UserId, SessionEpoch),
        organization: Option<OrganizationId>,
        device: &Device,
    ) -> Result<Secret, TableError> {
        let now = self.clock.now();
        let session = Session {
            id: String::new(),
            audience,
            user,
            epoch,
            organization,
            created_at: now,
            last_used_at: now,
            device: device.clone(),
            impersonator: None,
        };
        self.put(&session).await
    }

    /// Begins a session of staff in somebody's place, in one organization.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn begin_impersonated(
        &self,
        allowed: &Impersonation,
        device: &Device,
    ) -> Result<Secret, TableError> {
        let now = self.clock.now();
        let session = Session {
            id: String::new(),
            audience: Audience::App,
            user: allowed.user,
            epoch: allowed.session_epoch,
            organization: Some(allowed.organization),
            created_at: now,
            last_used_at: now,
            device: device.clone(),
            impersonator: Some(allowed.by.clone()),
        };
        self.put(&session).await
    }

    /// The session of a presented token; none when it is unknown, ended or expired.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn find(&self, token: &Secret) -> Result<Option<Session>, TableError> {
        let get = self.client.get_item().table_name(&self.table).key("id", text(token.id()));
        let item = get.consistent_read(true).send().await.map_err(TableError::of(TABLE))?.item;
        let now = self.clock.now();
        let Some(mut session) = item.as_ref().and_then(|item| item::read_alive(item, now)) else {
            return Ok(None);
        };
        if session.impersonator.is_none() && now - session.last_used_at >= TOUCH_AFTER {
            session.last_used_at = now;
            self.touch(&session).await;
        }
        Ok(Some(session))
    }

    /// Goes on with a session under a new token and in another organization, or the same: at every change of
    /// privilege, so that a token that somebody got hold of before is worth nothing after. None when the session
    /// has ended meanwhile, or somebody else was faster.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn rotate(
        &self,
        session: &Session,
        organization: Option<OrganizationId>,
    ) -> Result<Option<Secret>, TableError> {
        let delete = self.client.delete_item().table_name(&self.table).key("id", text(&session.id));
        let deleted = delete.return_values(ReturnValue::AllOld).send().await;
        if deleted.map_err(TableError::of(TABLE))?.attributes.is_none() {
            return Ok(None);
        }
        let session = Session { organization, last_used_at: self.clock.now(), ..session.clone() };
        self.put(&session).await.map(Some)
    }

    /// Ends a session, and answers it: once, to whoever ended it. One that has ended is no error.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn end(&self, token: &Secret) -> Result<Option<Session>, TableError> {
        let delete = self.client.delete_item().table_name(&self.table).key("id", text(token.id()));
        let ended = delete.return_values(ReturnValue::AllOld).send().await.map_err(TableError::of(TABLE))?;
        let now = self.clock.now();
        Ok(ended.attributes.and_then(|item| item::read_alive(&item, now)))
    }

    async fn delete(&self, id: &str) -> Result<(), TableError> {
        let delete = self.client.delete_item().table_name(&self.table).key("id", text(id));
        delete.send().await.map(drop).map_err(TableError::of(TABLE))
    }

    async fn put(&self, session: &Session) -> Result<Secret, TableError> {
        let token = Secret::generate();
        let mut put = self.client.put_item().table_name(&self.table).item("id", text(token.id()));
        for (key, value) in item::write(session) {
            put = put.item(key, value);
        }
        put.send().await.map_err(TableError::of(TABLE))?;
        Ok(token)
    }

    /// Notes the use, unless the session was ended meanwhile.
    async fn touch(&self, session: &Session) {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", text(&session.id))
            .update_expression("SET last_used_at = :now, expires_at = :expires_at")
            .condition_expression("attribute_exists(id)")
            .expression_attribute_values(":now", seconds(session.last_used_at))
            .expression_attribute_values(":expires_at", seconds(item::expires_at(session)));
        if let Err(error) = update.send().await {
            let error = TableError::of(TABLE)(error);
            tracing::warn!(%error, "the use of a session was not noted");
        }
    }
}
