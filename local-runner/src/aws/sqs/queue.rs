//! The state machine of one standard queue: which messages are ready, delayed, or in flight. It does no input or
//! output, and time is an argument, in ms since 1970.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;

use super::error::SqsError;
use super::message::Message;
use super::settings::{Attributes, Settings};

/// Messages in flight beyond which a receive is refused (developer guide, "Amazon SQS standard queue quotas").
const MAX_IN_FLIGHT: usize = 120_000;

/// The longest time a message may stay in flight since it was received: 12 hours.
const MAX_VISIBILITY_MS: i64 = 43_200_000;

/// Identifies a message within this service for as long as it exists. Grows with the time of sending.
pub(super) type Sequence = u64;

/// A queue and its messages.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) attributes: Attributes,
    pub(super) settings: Settings,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
    pub(super) purged_ms: Option<i64>,
    /// Woken when a message may have become ready.
    pub(super) arrivals: Arc<Notify>,
    entries: BTreeMap<Sequence, Entry>,
    /// Ready messages, first come first served. Holds what has left that state too, until it comes up.
    ready: VecDeque<Sequence>,
    /// When delayed and in-flight messages become ready. Holds outdated times too, until they pass.
    timers: BinaryHeap<Reverse<(i64, Sequence)>>,
    delayed: usize,
    in_flight: usize,
}

/// A message in its queue.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    /// How often it was received, and first when.
    pub(super) receives: u32,
    pub(super) first_received_ms: Option<i64>,
    place: Place,
    /// Of the last receive, as far as this process remembers it.
    receipt: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Ready,
    Delayed { until: i64 },
    InFlight { since: i64, until: i64 },
}

/// Numbers for GetQueueAttributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) ready: usize,
    pub(super) in_flight: usize,
    pub(super) delayed: usize,
}

/// What a receive took out: messages to hand over, and such as have been received too often.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) received: Vec<(Sequence, Entry)>,
    pub(super) dead: Vec<(Sequence, Entry)>,
}

impl Entry {
    /// A message that is ready, or will be at `ready_ms`.
    pub(super) fn new(message: Arc<Message>, ready_ms: Option<i64>) -> Self {
        let place = ready_ms.map_or(Place::Ready, |until| Place::Delayed { until });
        Self { message, receives: 0, first_received_ms: None, place, receipt: None }
    }

    /// Until when a sender's delay hides it, in ms since 1970.
    pub(super) fn delayed_until(&self) -> Option<i64> {
        if let Place::Delayed { until } = self.place { Some(until) } else { None }
    }
}

impl Queue {
    pub(super) fn new(id: u64, name: String, attributes: Attributes, settings: Settings, now: i64) -> Self {
        Self {
            id,
            name,
            attributes,
            settings,
            created_ms: now,
            modified_ms: now,
            purged_ms: None,
            arrivals: Arc::default(),
            entries: BTreeMap::new(),
            ready: VecDeque::new(),
            timers: BinaryHeap::new(),
            delayed: 0,
            in_flight: 0,
        }
    }

    /// Adds a message.
    pub(super) fn insert(&mut self, sequence: Sequence, mut entry: Entry) {
        let place = std::mem::replace(&mut entry.place, Place::Ready);
        self.entries.insert(sequence, entry);
        match place {
            Place::Ready => self.ready.push_back(sequence),
            place => self.put(sequence, place),
        }
    }

    /// Puts up to `limit` ready messages in flight until `now + visibility_ms`, and takes out what has been received
    /// too often, if there is a dead-letter queue to take it (`redrives`).
    pub(super) fn take(&mut self, limit: usize, visibility_ms: i64, now: i64, redrives: bool) -> Taken {
        self.pass_time(now);
        let max_receives = self
            .settings
            .redrive
            .as_ref()
            .filter(|_| redrives)
            .map_or(u32::MAX, |redrive| redrive.max_receives);
        let mut taken = Taken::default();
        while taken.received.len() < limit && self.in_flight < MAX_IN_FLIGHT {
            let Some(sequence) = self.ready.pop_front() else { break };
            let Some(entry) = self.entries.get_mut(&sequence).filter(|entry| entry.place == Place::Ready)
            else {
                continue;
            };
            if entry.receives >= max_receives {
                taken.dead.extend(self.entries.remove(&sequence).map(|entry| (sequence, entry)));
                continue;
            }
            entry.receives += 1;
            entry.first_received_ms.get_or_insert(now);
            taken.received.push((sequence, entry.clone()));
            self.put(sequence, Place::InFlight { since: now, until: now + visibility_ms });
        }
        taken
    }

    /// Whether a receive has to be refused because too much is in flight.
    pub(super) fn is_over_limit(&self) -> bool {
        self.in_flight >= MAX_IN_FLIGHT
    }

    /// Remembers the receipt under which a message was handed over.
    pub(super) fn set_receipt(&mut self, sequence: Sequence, receipt: u64) {
        if let Some(entry) = self.entries.get_mut(&sequence) {
            entry.receipt = Some(receipt);
        }
    }

    /// Takes a message out for good if `receipt` is of its last receive (or that is forgotten since a restart).
    /// Otherwise nothing happens, which is no error (API reference, "DeleteMessage").
    pub(super) fn delete(&mut self, sequence: Sequence, receipt: u64) -> bool {
        let current = self.entries.get(&sequence).is_some_and(|entry| entry.is_of(receipt));
        current && self.remove(sequence).is_some()
    }

    /// Changes until when an in-flight message stays hidden: `timeout_ms` from now, 0 for at once.
    pub(super) fn change_visibility(
        &mut self,
        sequence: Sequence,
        receipt: u64,
        timeout_ms: i64,
        now: i64,
    ) -> Result<(), SqsError> {
        self.pass_time(now);
        let entry = self.entries.get(&sequence).ok_or_else(|| {
            SqsError::InvalidParameterValue(
                "The message does not exist or is not available for a visibility \
                timeout change."
                    .into(),
            )
        })?;
        let Place::InFlight { since, .. } = entry.place else { return Err(SqsError::MessageNotInflight) };
        if !entry.is_of(receipt) {
            return Err(SqsError::MessageNotInflight);
        }
        if now + timeout_ms > since + MAX_VISIBILITY_MS {
            return Err(SqsError::InvalidParameterValue(
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]".into(),
            ));
        }
        self.put(sequence, Place::InFlight { since, until: now + timeout_ms });
        self.pass_time(now);
        Ok(())
    }

    /// Takes a message out, wherever it stands.
    pub(super) fn remove(&mut self, sequence: Sequence) -> Option<Entry> {
        self.leave(sequence);
        self.entries.remove(&sequence)
    }

    /// Takes every message out.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.ready.clear();
        self.timers.clear();
        (self.delayed, self.in_flight) = (0, 0);
    }

    /// What was lost of the receive count in a crash, as far as a record tells.
    pub(super) fn restore_receive(&mut self, sequence: Sequence, first_received_ms: i64) {
        if let Some(entry) = self.entries.get_mut(&sequence) {
            entry.receives += 1;
            entry.first_received_ms.get_or_insert(first_received_ms);
        }
    }

    /// How many messages stand where.
    pub(super) fn counts(&mut self, now: i64) -> Counts {
        self.pass_time(now);
        let ready = self.entries.len().saturating_sub(self.delayed + self.in_flight);
        Counts { ready, in_flight: self.in_flight, delayed: self.delayed }
    }

    /// When the next delayed or in-flight message becomes ready.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.timers.peek().map(|Reverse((due, _))| *due)
    }

    /// All messages, oldest first.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Sequence, &Entry)> {
        self.entries.iter()
    }

    /// Makes ready what is due and drops what is older than the retention period.
    fn pass_time(&mut self, now: i64) {
        while let Some(Reverse((due, sequence))) = self.timers.peek().copied()
            && due <= now
        {
            self.timers.pop();
            if self.entries.get(&sequence).is_some_and(|entry| entry.is_due_at(due)) {
                self.put(sequence, Place::Ready);
            }
        }
        let oldest_kept = now - self.settings.retention_ms;
        while let Some((sequence, entry)) = self.entries.first_key_value()
            && entry.message.sent_ms < oldest_kept
        {
            self.remove(*sequence);
        }
    }

    fn put(&mut self, sequence: Sequence, place: Place) {
        self.leave(sequence);
        match place {
            Place::Ready => self.ready.push_back(sequence),
            Place::Delayed { until } => {
                self.delayed += 1;
                self.timers.push(Reverse((until, sequence)));
            }
            Place::InFlight { until, .. } => {
                self.in_flight += 1;
                self.timers.push(Reverse((until, sequence)));
            }
        }
        if let Some(entry) = self.entries.get_mut(&sequence) {
            entry.place = place;
        }
    }

    fn leave(&mut self, sequence: Sequence) {
        match self.entries.get(&sequence).map(|entry| entry.place) {
            Some(Place::Delayed { .. }) => self.delayed -= 1,
            Some(Place::InFlight { .. }) => self.in_flight -= 1,
            Some(Place::Ready) | None => {}
        }
    }
}

impl Entry {
    fn is_of(&self, receipt: u64) -> bool {
        self.receipt.is_none_or(|current| current == receipt)
    }

    fn is_due_at(&self, due: i64) -> bool {
        matches!(self.place, Place::Delayed { until } | Place::InFlight { until, .. } if until == due)
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
