//! ReceiveMessage, with short and long polling.

use chrono::{DateTime, TimeDelta};
use serde::Deserialize;

use super::Queues;
use super::draft::check_token;
use super::entry::Entry;
use super::error::SqsError;
use super::names::name_in;
use super::queue::{Sequence, Take};
use super::record::Record;
use super::render::{Wanted, render};

/// The longest long poll: a message that becomes visible later is no business of a poll that has begun.
const MAX_WAIT_MS: i64 = 20_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    wait_time_seconds: Option<i64>,
    visibility_timeout: Option<i64>,
    receive_request_attempt_id: Option<String>,
    #[serde(default)]
    pub(super) message_attribute_names: Vec<String>,
    /// The older name of the next one.
    #[serde(default)]
    pub(super) attribute_names: Vec<String>,
    #[serde(default)]
    pub(super) message_system_attribute_names: Vec<String>,
}

/// A request within its ranges.
struct Ask<'a> {
    limit: usize,
    visibility_ms: Option<i64>,
    wait_s: Option<i64>,
    attempt: Option<&'a str>,
}

/// What one look into the queue brought.
#[derive(Default)]
struct Look {
    queue: u64,
    received: Vec<(Sequence, Entry)>,
    is_over_limit: bool,
    next_due: Option<i64>,
}

impl Queues {
    /// Answers ReceiveMessage, in JSON.
    pub(super) async fn receive_message(&self, request: ReceiveMessage) -> Result<Vec<u8>, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let wanted = Wanted::read(&request)?;
        let ask = Ask::read(&request)?;
        let (default_wait, arrivals, _asking) = {
            let mut state = self.state();
            let queue = state.named(name)?;
            if ask.attempt.is_some() && queue.settings.fifo.is_none() {
                return Err(SqsError::wrong_queue_type("ReceiveRequestAttemptId"));
            }
            (queue.settings.wait_s, queue.arrivals.clone(), queue.attendance.ask())
        };
        let wait_s = ask.wait_s.unwrap_or(default_wait);
        let deadline = self.now_ms() + wait_s * 1000;
        let mut closing = self.closing.subscribe();
        loop {
            let arrival = arrivals.notified();
            tokio::pin!(arrival);
            // Registered before looking, so that a message that comes in between wakes it.
            arrival.as_mut().enable();
            let look = self.look(name, &ask)?;
            let now = self.now_ms();
            if !look.received.is_empty() || now >= deadline || *closing.borrow() {
                if look.is_over_limit && wait_s == 0 {
                    return Err(SqsError::OverLimit("Too many messages in flight.".into()));
                }
                return render(&look.received, look.queue, &wanted);
            }
            // At least a millisecond on, lest a time that has just passed is polled for.
            let wake_ms = look.next_due.map_or(deadline, |due| due.max(now + 1).min(deadline));
            let wake = DateTime::from_timestamp_millis(wake_ms)
                .unwrap_or_else(|| self.clock.now() + TimeDelta::seconds(1));
            tokio::select! {
                () = arrival => {}
                () = self.clock.sleep_until(wake) => {}
                _ = closing.changed() => {}
            }
        }
    }

    fn look(&self, name: &str, ask: &Ask<'_>) -> Result<Look, SqsError> {
        let now = self.now_ms();
        let mut guard = self.state();
        let state = &mut *guard;
        let queue = state.named(name)?;
        let visibility_ms = ask.visibility_ms.unwrap_or(queue.settings.visibility_ms);
        let (limit, attempt, run) = (ask.limit, ask.attempt, self.run);
        self.reorder(queue);
        let (taken, moved) =
            state.take(name, Take { limit, visibility_ms, now, redrives: false, run, attempt })?;
        if let Some(record) = moved {
            self.journal.append_lazily(&record.to_bytes());
        }
        let queue = state.named(name)?;
        self.duplicate(queue, &taken.received);
        let look = Look {
            queue: queue.id,
            // An error on standard queues only, and only where nobody waits (developer guide, quotas).
            is_over_limit: taken.received.is_empty()
                && queue.settings.fifo.is_none()
                && queue.is_over_limit(),
            received: taken.received,
            next_due: queue.next_due(),
        };
        if !look.received.is_empty() {
            if visibility_ms < MAX_WAIT_MS {
                // Others who wait have to look again at the end of it.
                queue.arrivals.notify_waiters();
            } else if queue.counts(now).ready > 0 {
                queue.arrivals.notify_one();
            }
        }
        if !taken.repeated && !look.received.is_empty() {
            let messages = look.received.iter().map(|(sequence, _)| *sequence).collect();
            let record = Record::Received { queue: look.queue, messages, at_ms: now };
            self.journal.append_lazily(&record.to_bytes());
        }
        Ok(look)
    }
}

impl<'a> Ask<'a> {
    fn read(request: &'a ReceiveMessage) -> Result<Self, SqsError> {
        let limit = within("MaxNumberOfMessages", request.max_number_of_messages, 1, 10)?.unwrap_or(1);
        let visibility = within("VisibilityTimeout", request.visibility_timeout, 0, 43_200)?;
        let attempt = request.receive_request_attempt_id.as_deref();
        check_token("ReceiveRequestAttemptId", attempt)?;
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(1),
            visibility_ms: visibility.map(|seconds| seconds * 1000),
            wait_s: within("WaitTimeSeconds", request.wait_time_seconds, 0, 20)?,
            attempt,
        })
    }
}

/// Checks that an optional number lies between `least` and `most`.
pub(super) fn within(name: &str, value: Option<i64>, least: i64, most: i64) -> Result<Option<i64>, SqsError> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(SqsError::InvalidParameterValue(format!(
            "Value {value} for parameter {name} is invalid. Reason: Must be >= {least} and <= {most}, if provided."
        ))),
        value => Ok(value),
    }
}
