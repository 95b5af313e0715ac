//! Chaos in standard queues: messages that come twice, and out of order. FIFO queues promise neither to happen, so
//! nothing of it does.

use super::Queues;
use super::entry::Entry;
use super::queue::{Queue, Sequence};
use crate::chaos::{Called, Kind, Service, Whose};

impl Queues {
    /// Before a receive that finds something.
    pub(super) fn reorder(&self, queue: &mut Queue) {
        if !self.chaos.is_on() || queue.settings.fifo.is_some() || queue.counts(self.now_ms()).ready < 2 {
            return;
        }
        for hit in self.chaos.throw(Called::Service(Service::Sqs, "", &queue.name), &[Kind::Reorder]) {
            if queue.reorder(|others| hit.below(others)) {
                self.chaos.note(&hit, Whose::Nobody, "a later message came first".to_owned());
            }
        }
    }

    /// After a receive: each of its messages may come once more.
    pub(super) fn duplicate(&self, queue: &mut Queue, received: &[(Sequence, Entry)]) {
        if !self.chaos.is_on() || queue.settings.fifo.is_some() {
            return;
        }
        for (sequence, entry) in received.iter().filter(|(_, entry)| !entry.duplicated) {
            for hit in self.chaos.throw(Called::Service(Service::Sqs, "", &queue.name), &[Kind::Duplicate]) {
                if queue.duplicate(*sequence) {
                    let what = format!("message {} delivered twice", entry.message.id);
                    self.chaos.note(&hit, Whose::Nobody, what);
                    queue.arrivals.notify_one();
                }
            }
        }
    }
}
