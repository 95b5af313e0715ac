//! Counters of attempts that failed, in DynamoDB, which forgets them by itself.
//!
//! An attempt is counted before it is made and given back when it succeeds, so that fifty guesses at the same
//! instant are fifty attempts. Who asks for an unknown account is counted as for a known one.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;

use crate::{
    dynamo::{self, Item, TableError, number, read_number, read_time, seconds, text},
    secret::hashed,
};

/// Attempts are forgotten this long after the last one.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// The longest wait.
const LONGEST: TimeDelta = TimeDelta::minutes(15);
/// How often a counter that others move is read again: of many at once one moves it each time, and after
/// [`Throttle::free`] of them the others are refused.
const ROUNDS: u32 = 60;
const TABLE: &str = "throttles";

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttle {
    id: String,
    /// Attempts without a wait.
    free: i64,
}

impl Throttle {
    /// Attempts on one account: `free` without a wait, then 1, 2, 4 … 15 minutes. The address need not have an
    /// account.
    #[must_use]
    pub fn account(action: &str, email: &str, free: i64) -> Self {
        Self { id: hashed(&[action, "account", &email.trim().to_lowercase()]), free }
    }

    /// Attempts from one network address.
    #[must_use]
    pub fn network(action: &str, address: &str, free: i64) -> Self {
        Self { id: hashed(&[action, "network", address]), free }
    }
}

/// The table of counters.
#[derive(Debug, Clone)]
pub struct Throttles {
    client: Client,
    table: String,
    clock: Clock,
}

/// Why an attempt may not be made.
#[derive(Debug, thiserror::Error)]
pub enum ThrottleError {
    /// Too many before it.
    #[error("too many attempts: wait {} s", wait.num_seconds())]
    Wait {
        /// For how long.
        wait: TimeDelta,
    },
    /// The table did not answer.
    #[error(transparent)]
    Unavailable(#[from] TableError),
}

/// A counter as it stands.
struct Counter {
    attempts: i64,
    last_at: DateTime<Utc>,
}

impl Counter {
    fn read(item: &Item) -> Option<Self> {
        Some(Self { attempts: read_number(item, "attempts")?, last_at: read_time(item, "last_at")? })
    }

    /// When the next attempt may be made.
    fn open_at(&self, free: i64) -> DateTime<Utc> {
        let beyond = self.attempts - free;
        let wait = match u32::try_from(beyond) {
            Ok(beyond) => TimeDelta::minutes(1 << beyond.min(4)).min(LONGEST),
            Err(_) => TimeDelta::zero(),
        };
        self.last_at + wait
    }
}

impl Throttles {
    pub(crate) fn new(aws: &SdkConfig, table: &str, clock: Clock) -> Self {
        Self { client: dynamo::client(aws), table: table.to_owned(), clock }
    }

    /// Counts an attempt, which may then be made. Answers how many there were lately, this one included.
    ///
    /// # Errors
    /// [`ThrottleError::Wait`] when it may not be made; it counts for nothing then.
    pub async fn attempt(&self, throttle: &Throttle) -> Result<i64, ThrottleError> {
        for _ in 0..ROUNDS {
            let (found, now) = (self.find(throttle).await?, self.clock.now());
            if let Some(counter) = &found {
                let open_at = counter.open_at(throttle.free);
                if now < open_at {
                    return Err(ThrottleError::Wait { wait: open_at - now });
                }
            }
            let known = found.as_ref().map(|counter| counter.attempts);
            let attempts = match &found {
                // Waits count as well: who goes on right after one waits longer the next time.
                Some(counter) if now < counter.open_at(throttle.free) + WINDOW => counter.attempts + 1,
                _ => 1,
            };
            if self.put(throttle, known, attempts, now).await? {
                return Ok(attempts);
            }
        }
        // Somebody tries very hard, and at once.
        Err(ThrottleError::Wait { wait: TimeDelta::minutes(1) })
    }

    /// Forgets all attempts: the last one succeeded.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn forget(&self, throttle: &Throttle) -> Result<(), TableError> {
        let delete = self.client.delete_item().table_name(&self.table).key("id", text(&throttle.id));
        delete.send().await.map(drop).map_err(TableError::of(TABLE))
    }

    /// Takes one attempt back, where others share the counter: it succeeded.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn give_back(&self, throttle: &Throttle) -> Result<(), TableError> {
        let update = self.client.update_item().table_name(&self.table).key("id", text(&throttle.id));
        let update = update
            .update_expression("SET attempts = attempts - :one")
            .condition_expression("attempts > :zero")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":zero", number(0));
        match update.send().await {
            // Forgotten meanwhile: nothing to take back.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            other => other.map(drop).map_err(TableError::of(TABLE)),
        }
    }

    async fn find(&self, throttle: &Throttle) -> Result<Option<Counter>, TableError> {
        let get = self.client.get_item().table_name(&self.table).key("id", text(&throttle.id));
        let item = get.consistent_read(true).send().await.map_err(TableError::of(TABLE))?.item;
        Ok(item.as_ref().and_then(Counter::read))
    }

    /// Answers whether nobody else moved the counter meanwhile.
    async fn put(
        &self,
        throttle: &Throttle,
        known: Option<i64>,
        attempts: i64,
        now: DateTime<Utc>,
    ) -> Result<bool, TableError> {
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", text(&throttle.id))
            .item("attempts", number(attempts))
            .item("last_at", seconds(now))
            .item("removed_at", seconds(now + LONGEST + WINDOW));
        put = match known {
            Some(known) => put
                .condition_expression("attempts = :known")
                .expression_attribute_values(":known", number(known)),
            None => put.condition_expression("attribute_not_exists(id)"),
        };
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(TableError::of(TABLE)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_fifteen_minutes() {
        let last_at = DateTime::from_timestamp(1_795_363_200, 0).unwrap();
        let wait = |attempts| (Counter { attempts, last_at }.open_at(5) - last_at).num_minutes();
        assert_eq!([1, 4, 5, 6, 7, 8, 9, 10, 90].map(wait), [0, 0, 1, 2, 4, 8, 15, 15, 15]);
    }

    #[test]
    fn addresses_count_without_regard_to_case_and_apart_from_other_actions() {
        let account = |action, email| Throttle::account(action, email, 5);
        assert_eq!(account("login", " Ann@Acme.example"), account("login", "ann@acme.example"));
        assert_ne!(account("login", "ann@acme.example"), account("reset", "ann@acme.example"));
    }
}
