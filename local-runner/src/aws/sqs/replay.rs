//! How the state of all queues becomes records when the journal is compacted, and comes back from them.

use std::io;
use std::sync::Arc;

use super::super::journal::Snapshot;
use super::deduplication::Original;
use super::entry::Entry;
use super::queue::{Queue, Sequence};
use super::record::{Record, Stored};
use super::settings::Settings;
use super::state::{State, deduplication_key, original};

/// How many messages one record of a snapshot holds.
const MESSAGES_PER_RECORD: usize = 256;

impl State {
    /// Repeats a recorded change. A record of a queue that is gone changes nothing.
    pub(super) fn replay(&mut self, record: Record) -> Result<(), String> {
        match record {
            Record::Created { queue, name, attributes, created_ms, modified_ms, tags } => {
                let settings = Settings::read(&attributes).map_err(|error| error.message())?;
                let mut queue = Queue::new(queue, name, attributes, settings, created_ms);
                (queue.tags, queue.modified_ms) = (tags, modified_ms.unwrap_or(created_ms));
                self.add(queue);
            }
            Record::Tagged { queue, tags } => {
                self.queues.get_mut(&queue).into_iter().for_each(|queue| queue.tags.clone_from(&tags));
            }
            Record::AttributesSet { queue, attributes, modified_ms } => {
                let settings = Settings::read(&attributes).map_err(|error| error.message())?;
                if let Some(queue) = self.queues.get_mut(&queue) {
                    queue.reconfigure(attributes, settings, modified_ms);
                }
            }
            Record::Removed { queue, at_ms } => {
                if let Some(queue) = self.queues.remove(&queue) {
                    self.names.remove(&queue.name);
                    self.removed.insert(queue.name, at_ms);
                }
            }
            Record::RemovedRecently { name, at_ms } => drop(self.removed.insert(name, at_ms)),
            Record::Purged { queue, at_ms } => {
                if let Some(queue) = self.queues.get_mut(&queue) {
                    queue.clear();
                    queue.purged_ms = Some(at_ms);
                }
            }
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
            Record::MoveTask { task } => self.tasks.put(task),
            Record::Moved { task, from, message, to, stored } => {
                self.each(from, vec![message], |queue, sequence| drop(queue.remove(sequence)));
                self.tasks.count(&task, 1);
                self.last_sequence = self.last_sequence.max(stored.sequence);
                self.insert(to, stored.sequence, Entry::new(stored.message, None));
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
        let (removed, tasks) = (self.removed.clone(), self.tasks.all());
        Box::new(move |write| {
            queues.into_iter().try_for_each(|queue| queue.write(write))?;
            let removed = removed.into_iter().map(|(name, at_ms)| Record::RemovedRecently { name, at_ms });
            let tasks = tasks.into_iter().map(|task| Record::MoveTask { task });
            removed.chain(tasks).try_for_each(|record| write(&record.to_bytes()))
        })
    }
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
            modified_ms: Some(queue.modified_ms),
            tags: queue.tags.clone(),
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
