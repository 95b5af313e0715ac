//! All queues together: found by name or id, and what concerns more than one of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::deduplication::{Deduplication, Original};
use super::entry::Entry;
use super::error::SqsError;
use super::message::Message;
use super::moves::Tasks;
use super::names::arn;
use super::queue::{Queue, Sequence, Take, Taken};
use super::record::{Record, Renewed, Stored};
use super::settings::{Attributes, Settings};
use super::tags::Tags;

/// How long the name of a deleted queue cannot be used, in ms.
const REMOVAL_PAUSE_MS: i64 = 60_000;

/// Every queue and message.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) queues: BTreeMap<u64, Queue>,
    pub(super) names: HashMap<String, u64>,
    /// When queues of these names were removed, in ms since 1970.
    pub(super) removed: HashMap<String, i64>,
    pub(super) tasks: Tasks,
    last_queue: u64,
    pub(super) last_sequence: Sequence,
}

impl State {
    /// The queue of this name.
    pub(super) fn named(&mut self, name: &str) -> Result<&mut Queue, SqsError> {
        self.names.get(name).and_then(|id| self.queues.get_mut(id)).ok_or(SqsError::QueueDoesNotExist)
    }

    /// All names, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.names.keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// Adds an empty queue and returns the record of it.
    pub(super) fn create(
        &mut self,
        name: &str,
        attributes: Attributes,
        tags: Tags,
        settings: Settings,
        now: i64,
    ) -> Record {
        let id = self.last_queue + 1;
        let record = Record::Created {
            queue: id,
            name: name.into(),
            attributes: attributes.clone(),
            created_ms: now,
            modified_ms: None,
            tags: tags.clone(),
        };
        let mut queue = Queue::new(id, name.into(), attributes, settings, now);
        queue.tags = tags;
        self.add(queue);
        record
    }

    /// Refuses a name whose queue was deleted less than a minute ago (API reference, "DeleteQueue").
    pub(super) fn check_not_deleted_recently(&mut self, name: &str, now: i64) -> Result<(), SqsError> {
        self.removed.retain(|_, at_ms| now < *at_ms + REMOVAL_PAUSE_MS);
        if self.removed.contains_key(name) { Err(SqsError::QueueDeletedRecently) } else { Ok(()) }
    }

    /// The names of the queues whose dead letters go to `name`, sorted.
    pub(super) fn sources_of(&self, name: &str) -> Vec<String> {
        let is_source =
            |queue: &&Queue| queue.settings.redrive.as_ref().is_some_and(|redrive| redrive.queue == name);
        let mut names: Vec<_> =
            self.queues.values().filter(is_source).map(|queue| queue.name.clone()).collect();
        names.sort_unstable();
        names
    }

    pub(super) fn add(&mut self, queue: Queue) {
        self.last_queue = self.last_queue.max(queue.id);
        self.names.insert(queue.name.clone(), queue.id);
        self.queues.insert(queue.id, queue);
    }

    /// Removes a queue with all its messages.
    pub(super) fn remove(&mut self, name: &str, now: i64) -> Result<Record, SqsError> {
        let id = self.names.remove(name).ok_or(SqsError::QueueDoesNotExist)?;
        if let Some(queue) = self.queues.remove(&id) {
            // Whoever waits for a message finds no queue.
            queue.arrivals.notify_waiters();
        }
        self.removed.insert(name.into(), now);
        Ok(Record::Removed { queue: id, at_ms: now })
    }

    /// Numbers a new message.
    pub(super) fn next_sequence(&mut self) -> Sequence {
        self.last_sequence += 1;
        self.last_sequence
    }

    /// Puts a message into a queue, if that is there.
    pub(super) fn insert(&mut self, queue: u64, sequence: Sequence, entry: Entry) {
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.insert(sequence, entry);
            queue.arrivals.notify_one();
        }
    }

    /// Numbers messages from here on so that none has the number of a message of an earlier run, not even of one that
    /// was handed out and then lost before it was acknowledged: its receipt must never fit another message.
    pub(super) fn begin_run(&mut self, now: i64) {
        self.last_sequence = self.last_sequence.max(u64::try_from(now).unwrap_or(0) << 20);
    }

    /// Adds a message to a queue, or tells which earlier one it repeats.
    pub(super) fn send(
        &mut self,
        name: &str,
        message: Arc<Message>,
        ready_ms: Option<i64>,
    ) -> Result<Result<Stored, Original>, SqsError> {
        let sequence = self.last_sequence + 1;
        let queue = self.named(name)?;
        if let Some(key) = deduplication_key(queue, &message) {
            if let Some(original) = queue.deduplication.find(&key, message.sent_ms) {
                return Ok(Err(original.clone()));
            }
            queue.deduplication.remember(key, original(sequence, &message));
        }
        queue.insert(sequence, Entry::new(Arc::clone(&message), ready_ms));
        self.last_sequence = sequence;
        Ok(Ok(Stored { sequence, message, ready_ms, receives: 0, first_received_ms: None }))
    }

    /// Receives from the queue `name`; what was received too often goes to its dead-letter queue. Also returns the
    /// record of that move. `ask.redrives` is found out here.
    pub(super) fn take(&mut self, name: &str, ask: Take<'_>) -> Result<(Taken, Option<Record>), SqsError> {
        let queue = self.named(name)?;
        let target_name = queue.settings.redrive.as_ref().map(|redrive| redrive.queue.clone());
        let target = target_name.and_then(|name| self.names.get(&name)).copied();
        let queue = self.named(name)?;
        let mut taken = queue.take(Take { redrives: target.is_some(), ..ask });
        let from = queue.id;
        let dead = std::mem::take(&mut taken.dead);
        let record = target.filter(|_| !dead.is_empty()).map(|to| {
            let messages = dead.iter().map(|(sequence, _)| *sequence).collect();
            let renewed = self.bury(from, to, dead, None, ask.now);
            Record::DeadLettered { from, to, messages, renewed }
        });
        Ok((taken, record))
    }

    /// Puts messages into a dead-letter queue. In a standard queue they keep id, body and time of sending; in a FIFO
    /// queue the time and with it the retention period begin anew (developer guide, "Using dead-letter queues in Amazon
    /// SQS"), and they come after what is there.
    pub(super) fn bury(
        &mut self,
        from: u64,
        to: u64,
        dead: Vec<(Sequence, Entry)>,
        renewed: Option<Renewed>,
        now: i64,
    ) -> Option<Renewed> {
        let source = self.queues.get(&from).map(|queue| arn(&queue.name));
        let first = Renewed { first_sequence: self.last_sequence + 1, sent_ms: now };
        let target = self.queues.get_mut(&to)?;
        let renewed = target.settings.fifo.map(|_| renewed.unwrap_or(first));
        for (n, (sequence, entry)) in (0..).zip(dead) {
            let sequence = renewed.map_or(sequence, |renewed| renewed.first_sequence + n);
            let message = Message {
                dead_letter_source: source.clone(),
                sent_ms: renewed.map_or(entry.message.sent_ms, |renewed| renewed.sent_ms),
                ..Message::clone(&entry.message)
            };
            target.insert(sequence, Entry::new(Arc::new(message), None));
            self.last_sequence = self.last_sequence.max(sequence);
        }
        target.arrivals.notify_one();
        renewed
    }
}

/// What a message of a queue that deduplicates is remembered by.
pub(super) fn deduplication_key(queue: &Queue, message: &Message) -> Option<Arc<str>> {
    let (fifo, id) = (queue.settings.fifo?, message.deduplication.as_deref()?);
    Some(Deduplication::key(message.group.as_deref().filter(|_| fifo.is_per_group), id))
}

pub(super) fn original(sequence: Sequence, message: &Message) -> Original {
    Original { sequence, message_id: message.id.clone(), sent_ms: message.sent_ms }
}
