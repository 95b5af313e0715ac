//! What the tables of DynamoDB have in common: how an item is read and written, and when none answers.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, config::Builder, error::DisplayErrorContext, types::AttributeValue};
use chrono::{DateTime, Utc};

use crate::trace::TraceHeader;

/// A client whose calls name the trace.
pub(crate) fn client(aws: &SdkConfig) -> Client {
    Client::from_conf(Builder::from(aws).interceptor(TraceHeader).build())
}

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The table did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{table}: {reason}")]
pub struct TableError {
    table: &'static str,
    reason: String,
}

impl TableError {
    /// Makes one of what the SDK says.
    pub(crate) fn of<E: std::error::Error>(table: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self { table, reason: DisplayErrorContext(error).to_string() }
    }

    pub(crate) fn because(table: &'static str, reason: impl Into<String>) -> Self {
        Self { table, reason: reason.into() }
    }
}

impl domain::Failure for TableError {
    fn kind(&self) -> domain::Kind {
        domain::Kind::Unavailable
    }
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Seconds since 1970, as "Time to Live" needs them.
pub(crate) fn seconds(at: DateTime<Utc>) -> AttributeValue {
    number(at.timestamp())
}

pub(crate) fn read_text<'i>(item: &'i Item, key: &str) -> Option<&'i str> {
    item.get(key)?.as_s().ok().map(String::as_str)
}

pub(crate) fn read_number(item: &Item, key: &str) -> Option<i64> {
    item.get(key)?.as_n().ok()?.parse().ok()
}

pub(crate) fn read_time(item: &Item, key: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(read_number(item, key)?, 0)
}
