//! Drops duplicates of one fire, by an item for each fire in a DynamoDB table.
//!
//! The table's partition key is `id` (a string), its Time to Live attribute `expires_at`. An item is `running` while
//! an invocation goes on, with a lease that its holder renews, so that one that died blocks a fire for no longer than
//! that; it is `done` when the invocation succeeded, and removed when it failed, so that a retry can run.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::{
    Client,
    error::DisplayErrorContext,
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};

const LEASE: Duration = Duration::from_secs(60);
/// No message lives longer than 14 days in SQS, so no duplicate comes after that.
const REMEMBERED: Duration = Duration::from_secs(15 * 24 * 3600);

/// See the module.
#[derive(Debug)]
pub(super) struct FireLock {
    client: Client,
    table: String,
}

/// Whose a fire is.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Taken {
    /// Ours, under this name, until it is done or released.
    Ours(String),
    /// It was done before.
    Done,
    /// Another is at it, at least for so many seconds if it does not renew its lease.
    ByAnother {
        /// At least 1.
        for_s: u32,
    },
}

impl FireLock {
    /// How often a holder renews its lease.
    pub(super) const RENEW_AFTER: Duration = Duration::from_secs(20);

    pub(super) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// # Errors
    /// When the table does not answer.
    pub(super) async fn take(&self, key: &str) -> Result<Taken, String> {
        let (owner, now) = (uuid::Uuid::new_v4().to_string(), since_epoch());
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", text(key))
            .item("state", text("running"))
            .item("owner", text(&owner))
            .item("leased_until", seconds(now + LEASE))
            .item("expires_at", seconds(now + REMEMBERED))
            .condition_expression("attribute_not_exists(#id) OR (#state = :running AND #lease < :now)")
            .expression_attribute_names("#id", "id")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#lease", "leased_until")
            .expression_attribute_values(":running", text("running"))
            .expression_attribute_values(":now", seconds(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(Taken::Ours(owner)),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(by_whom(failed.item.as_ref(), now))
                }
                _ => Err(DisplayErrorContext(&error).to_string()),
            },
        }
    }

    /// # Errors
    /// When the table does not answer, or another has taken the lock since.
    pub(super) async fn renew(&self, key: &str, owner: &str) -> Result<(), String> {
        self.set(key, owner, "leased_until", seconds(since_epoch() + LEASE)).await
    }

    /// # Errors
    /// When the table does not answer, or another has taken the lock since.
    pub(super) async fn done(&self, key: &str, owner: &str) -> Result<(), String> {
        self.set(key, owner, "state", text("done")).await
    }

    /// # Errors
    /// When the table does not answer, or another has taken the lock since.
    pub(super) async fn release(&self, key: &str, owner: &str) -> Result<(), String> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", text(key))
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(owner));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("releasing the lock of {key} failed: {}", DisplayErrorContext(&error))),
        }
    }

    async fn set(&self, key: &str, owner: &str, name: &str, value: AttributeValue) -> Result<(), String> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", text(key))
            .update_expression("SET #name = :value")
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#name", name)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":value", value)
            .expression_attribute_values(":owner", text(owner));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("changing the lock of {key} failed: {}", DisplayErrorContext(&error))),
        }
    }
}

fn by_whom(item: Option<&HashMap<String, AttributeValue>>, now: Duration) -> Taken {
    let field = |name| item.and_then(|item| item.get(name));
    if field("state").and_then(|state| state.as_s().ok()).is_some_and(|state| state == "done") {
        return Taken::Done;
    }
    let until = field("leased_until").and_then(|until| until.as_n().ok()).and_then(|n| n.parse::<u64>().ok());
    let left = until.unwrap_or_default().saturating_sub(now.as_secs());
    Taken::ByAnother { for_s: u32::try_from(left).unwrap_or(u32::MAX).saturating_add(1) }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn seconds(time: Duration) -> AttributeValue {
    AttributeValue::N(time.as_secs().to_string())
}
