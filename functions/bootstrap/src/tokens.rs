//! One-time tokens: confirmation, reset and second-factor tickets, and sign-ups that wait for a confirmation.
//!
//! A token is taken by one conditional update, so that of fifty at the same instant one wins. Items stay for
//! [`KEPT`] after their expiry, so that "used" and "expired" can be told from "never made".

mod kind;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, operation::update_item::UpdateItemError, types::ReturnValue};
use chrono::TimeDelta;
use domain::{Clock, Failure, Kind};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    dynamo::{self, Item, TableError, read_text, read_time, seconds, text},
    secret::Secret,
};

pub use kind::TokenKind;

/// How long an expired token is told from one that never was.
const KEPT: TimeDelta = TimeDelta::days(30);
const TABLE: &str = "tokens";

/// The table of tokens.
#[derive(Debug, Clone)]
pub struct Tokens {
    client: Client,
    table: String,
    clock: Clock,
}

/// Why a token opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It was taken before.
    #[error("this was used before")]
    Used,
    /// Its time is over.
    #[error("this has expired")]
    Expired,
    /// It was never made, or for something else.
    #[error("this is not known")]
    Unknown,
    /// The table did not answer.
    #[error(transparent)]
    Unavailable(#[from] TableError),
}

impl Failure for TokenError {
    fn kind(&self) -> Kind {
        match self {
            Self::Used | Self::Expired | Self::Unknown => Kind::Invalid,
            Self::Unavailable(error) => error.kind(),
        }
    }
}

impl Tokens {
    pub(crate) fn new(aws: &SdkConfig, table: &str, clock: Clock) -> Self {
        Self { client: dynamo::client(aws), table: table.to_owned(), clock }
    }

    /// Makes a token that is good for `lifetime` and gives `payload` to whoever takes it.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn issue(
        &self,
        kind: TokenKind,
        payload: &impl Serialize,
        lifetime: TimeDelta,
    ) -> Result<Secret, TableError> {
        let (token, expires_at) = (Secret::generate(), self.clock.now() + lifetime);
        let payload = serde_json::to_string(payload)
            .map_err(|error| TableError::because(TABLE, format!("payload: {error}")))?;
        self.client
            .put_item()
            .table_name(&self.table)
            .item("id", text(token.id_for(kind.name())))
            .item("payload", text(payload))
            .item("expires_at", seconds(expires_at))
            .item("removed_at", seconds(expires_at + KEPT))
            .send()
            .await
            .map_err(TableError::of(TABLE))?;
        Ok(token)
    }

    /// What a token would give, without taking it.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn peek<P: DeserializeOwned>(&self, kind: TokenKind, token: &Secret) -> Result<P, TokenError> {
        let id = text(token.id_for(kind.name()));
        let get = self.client.get_item().table_name(&self.table).key("id", id).consistent_read(true);
        let item = get.send().await.map_err(TableError::of(TABLE))?.item.ok_or(TokenError::Unknown)?;
        self.check(&item)?;
        payload(&item)
    }

    /// Takes a token: nobody can take it again.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn take<P: DeserializeOwned>(&self, kind: TokenKind, token: &Secret) -> Result<P, TokenError> {
        let now = seconds(self.clock.now());
        let taken = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", text(token.id_for(kind.name())))
            .update_expression("SET used_at = :now")
            .condition_expression(
                "attribute_exists(id) AND attribute_not_exists(used_at) AND expires_at > :now",
            )
            .expression_attribute_values(":now", now)
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match taken {
            Ok(taken) => payload(&taken.attributes.unwrap_or_default()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                // Which of the three it was, for the page that says so.
                self.peek::<P>(kind, token).await.and(Err(TokenError::Used))
            }
            Err(error) => Err(TableError::of(TABLE)(error).into()),
        }
    }

    fn check(&self, item: &Item) -> Result<(), TokenError> {
        let expires_at = read_time(item, "expires_at").ok_or(TokenError::Unknown)?;
        if item.contains_key("used_at") {
            return Err(TokenError::Used);
        }
        if self.clock.now() >= expires_at { Err(TokenError::Expired) } else { Ok(()) }
    }
}

/// A payload that an earlier version wrote in another shape is as good as expired.
fn payload<P: DeserializeOwned>(item: &Item) -> Result<P, TokenError> {
    let text = read_text(item, "payload").ok_or(TokenError::Unknown)?;
    serde_json::from_str(text).map_err(|_| TokenError::Expired)
}
