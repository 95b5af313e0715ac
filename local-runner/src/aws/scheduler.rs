//! Amazon EventBridge Scheduler for one machine (Amazon EventBridge Scheduler API reference and user guide): schedules
//! and groups over its REST protocol, and the fires themselves, to queues and functions.
//!
//! Each schedule's latest fire is in the journal, so a restart fires nothing twice. However many fire times passed
//! while nobody ran, the latest of them fires once. A fire is noted after its target took it: a crash between the two
//! repeats it, as EventBridge Scheduler itself may (user guide: at-least-once delivery).
//!
//! No crate was found that fires EventBridge schedules, so this is ours.

mod api;
mod context;
mod engine;
mod error;
mod expression;
mod groups;
mod journey;
mod manage;
mod model;
mod state;
mod targets;
mod travel;
mod validate;
mod view;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

pub(super) use self::api::is_for_scheduler;
pub use self::journey::JourneyView;
pub(crate) use self::model::{RetryPolicy, Target};
pub use self::travel::TravelError;
pub use self::view::{ScheduleView, Schedules, Travelling, UnknownSchedule};

use self::expression::{Expression, Zone};
use self::journey::Journey;
use self::model::Group;
use self::state::{DEFAULT_GROUP, Record, State};
use super::journal::{Durable, Journal, OpenError};
use super::{ACCOUNT, REGION};
use crate::clock::Clock;

/// The schedule service.
pub(super) struct Scheduler {
    state: Mutex<State>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    /// Wakes the engine when something may be due earlier than it thought.
    changed: Notify,
    /// Held while something fires: by the engine, or by who travels.
    turn: tokio::sync::Mutex<()>,
    /// The clock's journey, or the last one.
    journey: Mutex<Option<Arc<Journey>>>,
}

impl Scheduler {
    /// Opens the schedules that `directory` holds. Those of the group `held` do not fire before they are released.
    pub(super) fn open(
        directory: &Path,
        clock: Arc<dyn Clock>,
        held: Option<&str>,
    ) -> Result<Self, OpenError> {
        let mut state = State { held: held.map(str::to_owned), ..State::default() };
        let journal = Journal::open(&directory.join("scheduler.journal"), |bytes| {
            state.apply(serde_json::from_slice(bytes).map_err(|error| error.to_string())?);
            Ok(())
        })?;
        if !state.groups.contains_key(DEFAULT_GROUP) {
            let (name, created) = (DEFAULT_GROUP.to_owned(), clock.now());
            state.apply(Record::Group(Group { name, created, client_token: None, tags: Default::default() }));
        }
        state.return_to(clock.now());
        journal.replace(state.snapshot());
        Ok(Self {
            state: Mutex::new(state),
            journal,
            clock,
            changed: Notify::new(),
            turn: Default::default(),
            journey: Mutex::default(),
        })
    }

    /// Waits until nothing is being fired; nothing is, as long as the answer is kept. A journey ends.
    pub(super) async fn wait_for_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        if let Some(journey) = &*self.journey() {
            journey.cancel();
        }
        self.turn.lock().await
    }

    /// Writes what is pending. Blocks.
    pub(super) fn close(&self) {
        self.journal.close();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn journey(&self) -> MutexGuard<'_, Option<Arc<Journey>>> {
        self.journey.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Makes a change under the lock, and records it under the same.
    fn record(&self, state: &mut State, record: Record) -> Durable {
        let durable = self.journal.append(&record.to_bytes());
        state.apply(record);
        if self.journal.has_outgrown_its_state() {
            self.journal.replace(state.snapshot());
        }
        durable
    }
}

/// A schedule's expression in words, and its next fires after a time; none if it is no expression. A rate counts from
/// `begins`.
pub(crate) fn schedule_in_words(
    expression: &str,
    zone: &str,
    begins: DateTime<Utc>,
    after: DateTime<Utc>,
    count: usize,
) -> Option<(String, Vec<DateTime<Utc>>)> {
    let (expression, zone) = (Expression::parse(expression)?, Zone::named(zone)?);
    let next = |after: &DateTime<Utc>| expression.next(&zone, begins, *after);
    let fires = std::iter::successors(next(&after), next).take(count).collect();
    Some((expression.in_words(), fires))
}

/// The ARN of a schedule.
fn arn(group: &str, name: &str) -> String {
    format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/{name}")
}

/// The ARN of a group.
fn group_arn(name: &str) -> String {
    format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{name}")
}

#[cfg(test)]
mod tests;
