//! All queues together: found by name or id, changed by records when the journal is replayed, and written out as
//! records when it is compacted.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use super::super::journal::Snapshot;
use super::deduplication::{Deduplication, Original};
use super::entry::Entry;
use super::error::SqsError;
use super::message::Message;
use super::names::arn;
use super::queue::{Queue, Sequence, Take, Taken};
use super::record::{Record, Renewed, Stored};
use super::settings::{Attributes, Settings};

/// How many messages one record of a snapshot holds.
const MESSAGES_PER_RECORD: usize = 256;

/// Every queue and message.
#[derive(Debug, Default)]
pub(super) struct State {
    queues: BTreeMap<u64, Queue>,
    names: HashMap<String, u64>,
    last_queue: u64,
    last_sequence: Sequence,
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
        settings: Settings,
        now: i64,
    ) -> Record {
        let id = self.last_queue + 1;
        let record =
            Record::Created { queue: id, name: name.into(), attributes: attributes.clone(), created_ms: now };
        self.add(Queue::new(id, name.into(), attributes, settings, now));
        record
    }

    fn add(&mut self, queue: Queue) {
        self.last_queue = self.last_queue.max(queue.id);
        self.names.insert(queue.name.clone(), queue.id);
        self.queues.insert(queue.id, queue);
    }

    /// Removes a queue with all its messages.
    pub(super) fn remove(&mut self, name: &str) -> Result<Record, SqsError> {
        let id = self.names.remove(name).ok_or(SqsError::QueueDoesNotExist)?;
        if let Some(queue) = self.queues.remove(&id) {
            // Whoever waits for a message finds no queue.
            queue.arrivals.notify_waiters();
        }
        Ok(Record::Removed { queue: id })
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
    fn bury(
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

    /// Repeats a recorded change. A record of a queue that is gone changes nothing.
    pub(super) fn replay(&mut self, record: Record) -> Result<(), String> {
        match record {
            Record::Created { queue, name, attributes, created_ms } => {
                let settings = Settings::read(&attributes).map_err(|error| error.message())?;
                self.add(Queue::new(queue, name, attributes, settings, created_ms));
            }
            Record::AttributesSet { queue, attributes, modified_ms } => {
                let settings = Settings::read(&attributes).map_err(|error| error.message())?;
                if let Some(queue) = self.queues.get_mut(&queue) {
                    queue.reconfigure(attributes, settings, modified_ms);
                }
            }
            Record::Removed { queue } => {
                if let Some(queue) = self.queues.remove(&queue) {
                    self.names.remove(&queue.name);
                }
            }
            Record::Purged { queue } => self.queues.get_mut(&queue).into_iter().for_each(Queue::clear),
            Record::Sent { queue, messages } => self.replay_sent(queue, messages),
            Record::Deleted { queue, messages } => {
                self.each(queue, messages, |queue, sequence| drop(queue.remove(sequence)));
            }
            Record::Received { queue, messages, at_ms } => {
                self.each(queue, messages, |queue, sequence| queue.restore_receive(sequence, at_ms));
            }
            Record::DeadLettered { from, to, messages, renewed } => {
                let mut dead = Vec::new();
                self.each(from, messages, |queue, sequence| {
                    dead.extend(queue.remove(sequence).map(|entry| (sequence, entry)));
                });
                self.bury(from, to, dead, renewed, renewed.map_or(0, |renewed| renewed.sent_ms));
            }
            Record::Deduplicated { queue, seen } => {
                if let Some(queue) = self.queues.get_mut(&queue) {
                    seen.into_iter().for_each(|(key, original)| queue.deduplication.remember(key, original));
                }
            }
        }
        Ok(())
    }

    fn each(&mut self, queue: u64, messages: Vec<Sequence>, mut change: impl FnMut(&mut Queue, Sequence)) {
        if let Some(queue) = self.queues.get_mut(&queue) {
            messages.into_iter().for_each(|sequence| change(queue, sequence));
        }
    }

    fn replay_sent(&mut self, queue: u64, messages: Vec<Stored>) {
        for stored in messages {
            self.last_sequence = self.last_sequence.max(stored.sequence);
            let Some(queue) = self.queues.get_mut(&queue) else { continue };
            if let Some(key) = deduplication_key(queue, &stored.message) {
                queue.deduplication.remember(key, original(stored.sequence, &stored.message));
            }
            let mut entry = Entry::new(stored.message, stored.ready_ms);
            (entry.receives, entry.first_received_ms) = (stored.receives, stored.first_received_ms);
            queue.insert(stored.sequence, entry);
        }
    }

    /// The present state as records, to be written later by another thread.
    pub(super) fn snapshot(&self) -> Snapshot {
        let queues: Vec<_> = self.queues.values().map(Frozen::of).collect();
        Box::new(move |write| queues.into_iter().try_for_each(|queue| queue.write(write)))
    }
}

/// What a message of a queue that deduplicates is remembered by.
fn deduplication_key(queue: &Queue, message: &Message) -> Option<Arc<str>> {
    let (fifo, id) = (queue.settings.fifo?, message.deduplication.as_deref()?);
    Some(Deduplication::key(message.group.as_deref().filter(|_| fifo.is_per_group), id))
}

fn original(sequence: Sequence, message: &Message) -> Original {
    Original { sequence, message_id: message.id.clone(), sent_ms: message.sent_ms }
}

/// A queue as it was when a snapshot was taken.
struct Frozen {
    id: u64,
    created: Record,
    seen: Vec<(Arc<str>, Original)>,
    entries: Vec<(Sequence, Entry)>,
}

impl Frozen {
    fn of(queue: &Queue) -> Self {
        let created = Record::Created {
            queue: queue.id,
            name: queue.name.clone(),
            attributes: queue.attributes.clone(),
            created_ms: queue.created_ms,
        };
        let entries = queue.entries().map(|(sequence, entry)| (*sequence, entry.clone())).collect();
        Self { id: queue.id, created, seen: queue.deduplication.entries(), entries }
    }

    fn write(self, write: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let queue = self.id;
        write(&self.created.to_bytes())?;
        for chunk in self.entries.chunks(MESSAGES_PER_RECORD) {
            let messages = chunk.iter().map(stored).collect();
            write(&Record::Sent { queue, messages }.to_bytes())?;
        }
        // After the messages: an id that was used again since counts for the younger message.
        for chunk in self.seen.chunks(MESSAGES_PER_RECORD) {
            write(&Record::Deduplicated { queue, seen: chunk.to_vec() }.to_bytes())?;
        }
        Ok(())
    }
}

fn stored((sequence, entry): &(Sequence, Entry)) -> Stored {
    Stored {
        sequence: *sequence,
        message: Arc::clone(&entry.message),
        ready_ms: entry.delayed_until(),
        receives: entry.receives,
        first_received_ms: entry.first_received_ms,
    }
}
