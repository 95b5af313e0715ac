//! Fires the catalogue's schedules as EventBridge Scheduler does: one message per fire time, to the queue of
//! the function.
//!
//! Rates are aligned to the epoch, and the last fire time of each schedule is kept on disk, so a restart fires
//! nothing twice. However many fire times passed while nobody ran, the latest of them fires once.

mod last_fires;

use std::{path::PathBuf, sync::Arc};

use catalog::{FUNCTIONS, Function, Schedule, Trigger, names};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Clock;
use last_fires::LastFires;

/// Takes the event of a schedule to the queue of its function.
pub trait Target: Send + Sync {
    /// Whether it was accepted; if not, it is tried again.
    fn send(&self, function: &'static str, event: String) -> BoxFuture<'_, bool>;
}

/// Fires schedules until it is dropped.
pub struct Scheduler<T> {
    clock: Arc<dyn Clock>,
    target: T,
    fires: LastFires,
}

/// How long after a failed delivery the next is tried.
const RETRY: TimeDelta = TimeDelta::seconds(1);

impl<T: Target> Scheduler<T> {
    /// `file` keeps the last fire times.
    pub fn new(clock: Arc<dyn Clock>, target: T, file: PathBuf) -> Self {
        Self { clock, target, fires: LastFires::read(file) }
    }

    /// Fires what is due, waits for the next fire time, and so on.
    pub async fn run(mut self) {
        loop {
            let delivered = self.fire_due().await;
            let now = self.clock.now();
            let next = schedules().map(|(_, schedule)| next_fire(schedule, now)).min();
            let retry = (!delivered).then_some(now + RETRY);
            match next.into_iter().chain(retry).min() {
                Some(at) => self.clock.sleep_until(at).await,
                None => return,
            }
        }
    }

    /// Whether everything that was due is delivered. At least once: a crash after the message and before
    /// the note fires again, as EventBridge Scheduler may.
    async fn fire_due(&mut self) -> bool {
        let mut delivered = true;
        for (function, schedule) in schedules() {
            let planned = latest_fire(schedule, self.clock.now());
            match self.fires.last(function.name) {
                // A new schedule starts with its next fire time.
                None => self.fires.note(function.name, planned),
                Some(last) if last < planned => {
                    let event = event(function, planned).to_string();
                    if self.target.send(function.name, event).await {
                        self.fires.note(function.name, planned);
                    } else {
                        delivered = false;
                    }
                }
                Some(_) => {}
            }
        }
        delivered
    }
}

fn schedules() -> impl Iterator<Item = (&'static Function, Schedule)> {
    FUNCTIONS.iter().filter_map(|function| match function.trigger {
        Trigger::Schedule(schedule) => Some((function, schedule)),
        _ => None,
    })
}

fn period(schedule: Schedule) -> TimeDelta {
    match schedule {
        Schedule::EveryMinutes(n) => TimeDelta::minutes(i64::from(n.max(1))),
    }
}

/// The latest fire time that is not after `now`.
fn latest_fire(schedule: Schedule, now: DateTime<Utc>) -> DateTime<Utc> {
    let past = now.timestamp().rem_euclid(period(schedule).num_seconds());
    DateTime::from_timestamp(now.timestamp() - past, 0).unwrap_or(now)
}

fn next_fire(schedule: Schedule, now: DateTime<Utc>) -> DateTime<Utc> {
    latest_fire(schedule, now) + period(schedule)
}

/// The event that a function gets for a fire time (Amazon EventBridge: "AWS service events" and the Lambda
/// guide's "Invoke a Lambda function on a schedule").
#[must_use]
pub fn event(function: &Function, planned: DateTime<Utc>) -> Value {
    let region = names::REGION;
    let arn =
        format!("arn:aws:scheduler:{region}:000000000000:schedule/default/{}", names::schedule(function));
    json!({
        "version": "0",
        "id": Uuid::new_v4(),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": planned.to_rfc3339_opts(SecondsFormat::Secs, true),
        "region": region,
        "resources": [arn],
        "detail": {},
    })
}

#[cfg(test)]
mod tests;
