//! Receives that can be repeated: on a FIFO queue a receive under the ReceiveRequestAttemptId of an earlier one gets
//! the same messages and handles again, unless one of them was deleted or had its visibility changed since (API
//! reference, "ReceiveMessage"). Remembered in memory only, as what is in flight is.

use std::collections::{HashMap, VecDeque};

use super::queue::Sequence;

/// How long an attempt can be repeated, in ms.
const INTERVAL_MS: i64 = 300_000;

/// A message as one receive handed it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HandedOver {
    pub(super) sequence: Sequence,
    pub(super) receipt: u64,
    /// The end of its visibility timeout, in ms since 1970: another one means that it was changed.
    pub(super) until: i64,
}

/// The attempts of one queue.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    made: HashMap<String, (i64, Vec<HandedOver>)>,
    oldest: VecDeque<(i64, String)>,
}

impl Attempts {
    /// What the attempt `id` got, if it was made within the interval before `now`.
    pub(super) fn find(&mut self, id: &str, now: i64) -> Option<&[HandedOver]> {
        while let Some((made_ms, id)) = self.oldest.front()
            && *made_ms + INTERVAL_MS <= now
        {
            if self.made.get(id).is_some_and(|(at, _)| at == made_ms) {
                self.made.remove(id);
            }
            self.oldest.pop_front();
        }
        self.made.get(id).map(|(_, messages)| messages.as_slice())
    }

    /// Remembers what the attempt `id` got at `now`.
    pub(super) fn remember(&mut self, id: &str, now: i64, messages: Vec<HandedOver>) {
        self.oldest.push_back((now, id.to_owned()));
        self.made.insert(id.to_owned(), (now, messages));
    }

    pub(super) fn clear(&mut self) {
        self.made.clear();
        self.oldest.clear();
    }
}
