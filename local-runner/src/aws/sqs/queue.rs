//! The state machine of one queue: which messages are ready, delayed, or in flight. It does no input or output, and
//! time is an argument, in ms since 1970.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Notify;

use super::attempts::{Attempts, HandedOver};
use super::attendance::Attendance;
use super::deduplication::Deduplication;
use super::entry::{Entry, Place};
use super::error::SqsError;
use super::order::Order;
use super::settings::{Attributes, Settings};
use super::tags::Tags;

/// Messages in flight beyond which a receive gets none (developer guide, "Amazon SQS standard queue quotas" and
/// "Amazon SQS FIFO queue quotas").
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
    pub(super) settings: Arc<Settings>,
    pub(super) tags: Tags,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
    pub(super) purged_ms: Option<i64>,
    /// Woken when a message may have become ready.
    pub(super) arrivals: Arc<Notify>,
    pub(super) attendance: Arc<Attendance>,
    /// Of a FIFO queue; empty in a standard one.
    pub(super) deduplication: Deduplication,
    attempts: Attempts,
    entries: BTreeMap<Sequence, Entry>,
    order: Order,
    /// When delayed and in-flight messages become ready.
    timers: BTreeSet<(i64, Sequence)>,
    delayed: usize,
    in_flight: usize,
}

/// Numbers for GetQueueAttributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) ready: usize,
    pub(super) in_flight: usize,
    pub(super) delayed: usize,
}

/// What a receive asks a queue for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Take<'a> {
    pub(super) limit: usize,
    pub(super) visibility_ms: i64,
    pub(super) now: i64,
    /// There is a dead-letter queue to take what has been received too often.
    pub(super) redrives: bool,
    /// From which receipts are made: differs from run to run.
    pub(super) run: u64,
    /// By which a FIFO queue knows a repetition.
    pub(super) attempt: Option<&'a str>,
}

/// What a receive took out: messages to hand over, and such as have been received too often.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) received: Vec<(Sequence, Entry)>,
    pub(super) dead: Vec<(Sequence, Entry)>,
    /// They had been handed over to an earlier attempt and are again.
    pub(super) repeated: bool,
}

impl Queue {
    pub(super) fn new(id: u64, name: String, attributes: Attributes, settings: Settings, now: i64) -> Self {
        Self {
            id,
            name,
            attributes,
            order: Order::new(settings.fifo.is_some()),
            settings: Arc::new(settings),
            tags: Tags::new(),
            created_ms: now,
            modified_ms: now,
            purged_ms: None,
            arrivals: Arc::default(),
            attendance: Arc::default(),
            deduplication: Deduplication::default(),
            attempts: Attempts::default(),
            entries: BTreeMap::new(),
            timers: BTreeSet::new(),
            delayed: 0,
            in_flight: 0,
        }
    }

    /// Adds a message.
    pub(super) fn insert(&mut self, sequence: Sequence, entry: Entry) {
        let place = entry.place;
        self.order.moved(sequence, entry.message.group.as_ref(), None, Some(place));
        self.entries.insert(sequence, entry);
        self.entered(sequence, place);
    }

    /// Puts ready messages in flight, and takes out what has been received too often.
    pub(super) fn take(&mut self, ask: Take<'_>) -> Taken {
        self.pass_time(ask.now);
        if let Some(again) = ask.attempt.and_then(|id| self.repeat(id, ask)) {
            return again;
        }
        let redrive = self.settings.redrive.as_ref().filter(|_| ask.redrives);
        let max_receives = redrive.map_or(u32::MAX, |redrive| redrive.max_receives);
        let mut taken = Taken::default();
        loop {
            let room = MAX_IN_FLIGHT.saturating_sub(self.in_flight);
            let wanted = (ask.limit - taken.received.len()).min(room);
            let next = if wanted == 0 { Vec::new() } else { self.order.next(wanted, &self.entries) };
            if next.is_empty() {
                break;
            }
            for sequence in next {
                if self.entries.get(&sequence).is_some_and(|entry| entry.receives >= max_receives) {
                    taken.dead.extend(self.remove(sequence).map(|entry| (sequence, entry)));
                } else {
                    taken.received.extend(self.hand_over(sequence, ask).map(|entry| (sequence, entry)));
                }
            }
        }
        if let Some(id) = ask.attempt.filter(|_| !taken.received.is_empty()) {
            let until = ask.now + ask.visibility_ms;
            self.attempts.remember(id, ask.now, handed_over(&taken.received, until));
        }
        taken
    }

    fn hand_over(&mut self, sequence: Sequence, ask: Take<'_>) -> Option<Entry> {
        let entry = self.entries.get_mut(&sequence)?;
        entry.receives += 1;
        entry.first_received_ms.get_or_insert(ask.now);
        entry.receipt = Some(ask.run.wrapping_add(u64::from(entry.receives)));
        self.put(sequence, Place::InFlight { since: ask.now, until: ask.now + ask.visibility_ms });
        self.entries.get(&sequence).cloned()
    }

    /// Lets a ready message take the turn of the next one, `by` counting from that; only in a standard queue, which
    /// promises no order. Whether there was another one.
    pub(super) fn reorder(&mut self, by: impl FnOnce(u64) -> u64) -> bool {
        self.order.reorder(&self.entries, by)
    }

    /// Shows a message that was just received again at once, as a standard queue may; its first receipt deletes it no
    /// more. A message is shown again so only once. Whether it is.
    pub(super) fn duplicate(&mut self, sequence: Sequence) -> bool {
        let is_standard = self.settings.fifo.is_none();
        let Some(entry) = self.entries.get_mut(&sequence).filter(|entry| is_standard && !entry.duplicated)
        else {
            return false;
        };
        entry.duplicated = true;
        entry.receipt = entry.receipt.map(|receipt| !receipt);
        self.put(sequence, Place::Ready);
        true
    }

    /// The messages of an earlier attempt, hidden anew, if all of them are still as that attempt left them.
    fn repeat(&mut self, id: &str, ask: Take<'_>) -> Option<Taken> {
        let earlier = self.attempts.find(id, ask.now)?.to_vec();
        let is_same = |message: &HandedOver| {
            let entry = self.entries.get(&message.sequence)?;
            let Place::InFlight { since, until } = entry.place else { return None };
            (entry.receipt == Some(message.receipt) && until == message.until).then_some(since)
        };
        let since: Vec<i64> = earlier.iter().map(is_same).collect::<Option<_>>()?;
        let until = ask.now + ask.visibility_ms;
        let mut taken = Taken { repeated: true, ..Taken::default() };
        for (message, since) in earlier.iter().zip(since) {
            self.put(message.sequence, Place::InFlight { since, until });
            taken.received.extend(self.entries.get(&message.sequence).map(|e| (message.sequence, e.clone())));
        }
        self.attempts.remember(id, ask.now, handed_over(&taken.received, until));
        Some(taken)
    }

    /// Whether no more can be handed over because too much is in flight.
    pub(super) fn is_over_limit(&self) -> bool {
        self.in_flight >= MAX_IN_FLIGHT
    }

    /// Takes a message out for good if `receipt` is of its last receive (or that is forgotten since a restart).
    /// Otherwise nothing happens, which is no error in a standard queue; in a FIFO queue a receipt whose visibility
    /// timeout has passed is one (API reference, "DeleteMessage" and "ReceiveMessage").
    pub(super) fn delete(&mut self, sequence: Sequence, receipt: u64, now: i64) -> Result<bool, SqsError> {
        self.pass_time(now);
        let Some(entry) = self.entries.get(&sequence) else { return Ok(false) };
        let is_current = entry.is_of(receipt);
        let is_forgotten = entry.receipt.is_none();
        let is_in_flight = matches!(entry.place, Place::InFlight { .. });
        if self.settings.fifo.is_some() && !is_forgotten && !(is_current && is_in_flight) {
            return Err(SqsError::expired_receipt());
        }
        Ok(is_current && self.remove(sequence).is_some())
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
        let entry = self.entries.get(&sequence).ok_or_else(SqsError::message_is_gone)?;
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
        let entry = self.entries.remove(&sequence)?;
        self.left(sequence, entry.place);
        self.order.moved(sequence, entry.message.group.as_ref(), Some(entry.place), None);
        Some(entry)
    }

    /// Takes out at most `limit` messages that are ready, in their order.
    pub(super) fn take_ready(&mut self, limit: usize, now: i64) -> Vec<(Sequence, Entry)> {
        self.pass_time(now);
        let mut taken = Vec::new();
        while taken.len() < limit {
            let next = self.order.next(limit - taken.len(), &self.entries);
            if next.is_empty() {
                break;
            }
            taken.extend(next.into_iter().filter_map(|sequence| Some((sequence, self.remove(sequence)?))));
        }
        taken
    }

    /// Takes every message out.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
        self.attempts.clear();
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

    /// Steers by other attributes. In a FIFO queue another delay counts for what is already there as well (developer
    /// guide, "Amazon SQS delay queues").
    pub(super) fn reconfigure(&mut self, attributes: Attributes, settings: Settings, now: i64) {
        let is_retroactive = settings.fifo.is_some() && settings.delay_ms != self.settings.delay_ms;
        (self.attributes, self.settings, self.modified_ms) = (attributes, Arc::new(settings), now);
        if is_retroactive {
            let never_received = |(_, entry): &(&Sequence, &Entry)| entry.receives == 0;
            let waiting: Vec<_> =
                self.entries.iter().filter(never_received).map(|(n, e)| (*n, e.message.sent_ms)).collect();
            for (sequence, sent_ms) in waiting {
                self.put(sequence, Place::Delayed { until: sent_ms + self.settings.delay_ms });
            }
            self.pass_time(now);
        }
    }

    /// How many messages stand where.
    pub(super) fn counts(&mut self, now: i64) -> Counts {
        self.pass_time(now);
        let ready = self.entries.len().saturating_sub(self.delayed + self.in_flight);
        Counts { ready, in_flight: self.in_flight, delayed: self.delayed }
    }

    /// Whether it holds no message at all.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many are in flight as long as the queue says or longer; what is shown again sooner was put off.
    pub(super) fn working(&self) -> usize {
        let hidden = self.timers.iter().filter_map(|(_, sequence)| self.entries.get(sequence));
        let is_worked_on = |entry: &&Entry| match entry.place {
            Place::InFlight { since, until } => until - since >= self.settings.visibility_ms,
            _ => false,
        };
        hidden.filter(is_worked_on).count()
    }

    /// When the next delayed or in-flight message becomes ready.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// All messages, oldest first.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Sequence, &Entry)> {
        self.entries.iter()
    }

    /// Makes ready what is due and drops what is older than the retention period.
    fn pass_time(&mut self, now: i64) {
        while let Some((due, sequence)) = self.timers.first().copied()
            && due <= now
        {
            self.timers.remove(&(due, sequence));
            self.put(sequence, Place::Ready);
        }
        let oldest_kept = now - self.settings.retention_ms;
        while let Some((sequence, entry)) = self.entries.first_key_value()
            && entry.message.sent_ms < oldest_kept
        {
            self.remove(*sequence);
        }
    }

    fn put(&mut self, sequence: Sequence, place: Place) {
        let Some(entry) = self.entries.get_mut(&sequence) else { return };
        let before = std::mem::replace(&mut entry.place, place);
        self.order.moved(sequence, entry.message.group.as_ref(), Some(before), Some(place));
        self.left(sequence, before);
        self.entered(sequence, place);
    }

    fn entered(&mut self, sequence: Sequence, place: Place) {
        match place {
            Place::Ready => {}
            Place::Delayed { until } => {
                self.delayed += 1;
                self.timers.insert((until, sequence));
            }
            Place::InFlight { until, .. } => {
                self.in_flight += 1;
                self.timers.insert((until, sequence));
            }
        }
    }

    fn left(&mut self, sequence: Sequence, place: Place) {
        match place {
            Place::Ready => {}
            Place::Delayed { until } => {
                self.delayed -= 1;
                self.timers.remove(&(until, sequence));
            }
            Place::InFlight { until, .. } => {
                self.in_flight -= 1;
                self.timers.remove(&(until, sequence));
            }
        }
    }
}

fn handed_over(received: &[(Sequence, Entry)], until: i64) -> Vec<HandedOver> {
    let message = |(sequence, entry): &(Sequence, Entry)| {
        Some(HandedOver { sequence: *sequence, receipt: entry.receipt?, until })
    };
    received.iter().filter_map(message).collect()
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
