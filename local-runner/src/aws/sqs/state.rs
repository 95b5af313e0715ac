//! All queues together: found by name or id, changed by records when the journal is replayed, and written out as
//! records when it is compacted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::journal::Snapshot;
use super::error::SqsError;
use super::message::Message;
use super::queue::{Entry, Queue, Sequence, Taken};
use super::record::{Record, Stored};
use super::settings::{Attributes, Settings, arn};

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

    /// Numbers a new message.
    pub(super) fn next_sequence(&mut self) -> Sequence {
        self.last_sequence += 1;
        self.last_sequence
    }

    /// Receives from the queue `name`; what was received too often goes to its dead-letter queue. Also returns the
    /// record of that move.
    pub(super) fn take(
        &mut self,
        name: &str,
        limit: usize,
        visibility_ms: Option<i64>,
        now: i64,
    ) -> Result<(Taken, Option<Record>), SqsError> {
        let queue = self.named(name)?;
        let target_name = queue.settings.redrive.as_ref().map(|redrive| redrive.queue.clone());
        let target = target_name.and_then(|name| self.names.get(&name)).copied();
        let queue = self.named(name)?;
        let visibility_ms = visibility_ms.unwrap_or(queue.settings.visibility_ms);
        let mut taken = queue.take(limit, visibility_ms, now, target.is_some());
        if taken.received.is_empty() && taken.dead.is_empty() && queue.is_over_limit() {
            return Err(SqsError::OverLimit("Too many messages in flight.".into()));
        }
        let from = queue.id;
        let dead = std::mem::take(&mut taken.dead);
        let record = target.filter(|_| !dead.is_empty()).map(|to| Record::DeadLettered {
            from,
            to,
            messages: dead.iter().map(|(sequence, _)| *sequence).collect(),
        });
        if let Some(to) = target {
            self.bury(from, to, dead);
        }
        Ok((taken, record))
    }

    /// Puts messages into a dead-letter queue: they keep their id, body and time of sending.
    fn bury(&mut self, from: u64, to: u64, dead: Vec<(Sequence, Entry)>) {
        let source = self.queues.get(&from).map(|queue| arn(&queue.name));
        let Some(target) = self.queues.get_mut(&to) else { return };
        for (sequence, entry) in dead {
            let message = Message { dead_letter_source: source.clone(), ..Message::clone(&entry.message) };
            target.insert(sequence, Entry::new(Arc::new(message), None));
        }
        target.arrivals.notify_waiters();
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
                    (queue.attributes, queue.settings, queue.modified_ms) =
                        (attributes, settings, modified_ms);
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
            Record::DeadLettered { from, to, messages } => {
                let mut dead = Vec::new();
                self.each(from, messages, |queue, sequence| {
                    dead.extend(queue.remove(sequence).map(|entry| (sequence, entry)));
                });
                self.bury(from, to, dead);
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
            let mut entry = Entry::new(stored.message, stored.ready_ms);
            (entry.receives, entry.first_received_ms) = (stored.receives, stored.first_received_ms);
            queue.insert(stored.sequence, entry);
        }
    }

    /// The present state as records, to be written later by another thread.
    pub(super) fn snapshot(&self) -> Snapshot {
        let queues: Vec<_> = self.queues.values().map(snapshot_of).collect();
        Box::new(move |write| {
            for (created, queue, entries) in queues {
                write(&created.to_bytes())?;
                for chunk in entries.chunks(MESSAGES_PER_RECORD) {
                    let messages = chunk.iter().map(stored).collect();
                    write(&Record::Sent { queue, messages }.to_bytes())?;
                }
            }
            Ok(())
        })
    }
}

fn snapshot_of(queue: &Queue) -> (Record, u64, Vec<(Sequence, Entry)>) {
    let created = Record::Created {
        queue: queue.id,
        name: queue.name.clone(),
        attributes: queue.attributes.clone(),
        created_ms: queue.created_ms,
    };
    (created, queue.id, queue.entries().map(|(sequence, entry)| (*sequence, entry.clone())).collect())
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
