//! Which of the waiting messages comes next: the discipline by which standard and FIFO queues differ.

use std::collections::{BTreeMap, VecDeque};

use super::entry::{Entry, Place};
use super::groups::{GroupId, Groups, Whereabouts};
use super::queue::Sequence;

/// The order of a queue's messages.
#[derive(Debug)]
pub(super) enum Order {
    /// As they became ready. Holds what has left that state too, until it comes up.
    Standard(VecDeque<Sequence>),
    Fifo(Groups),
}

impl Order {
    pub(super) fn new(is_fifo: bool) -> Self {
        if is_fifo { Self::Fifo(Groups::default()) } else { Self::Standard(VecDeque::new()) }
    }

    /// Follows a message from one place to another; `None` is outside.
    pub(super) fn moved(
        &mut self,
        sequence: Sequence,
        group: Option<&GroupId>,
        from: Option<Place>,
        to: Option<Place>,
    ) {
        match self {
            Self::Standard(ready) => {
                if to == Some(Place::Ready) {
                    ready.push_back(sequence);
                }
            }
            Self::Fifo(groups) => {
                let whereabouts =
                    |place: Option<Place>| place.map_or(Whereabouts::Absent, Place::whereabouts);
                // Every message of a FIFO queue has a group; one without would be a group of its own kind.
                let nameless = GroupId::from("");
                groups.moved(group.unwrap_or(&nameless), sequence, whereabouts(from), whereabouts(to));
            }
        }
    }

    /// Swaps the next ready message with another one, `choose` being told how many there are; false if there is but
    /// one, or if the order is promised.
    pub(super) fn reorder(
        &mut self,
        entries: &BTreeMap<Sequence, Entry>,
        choose: impl FnOnce(u64) -> u64,
    ) -> bool {
        let Self::Standard(ready) = self else { return false };
        let is_ready = |sequence: &Sequence| entries.get(sequence).is_some_and(|e| e.place == Place::Ready);
        ready.retain(is_ready);
        let others = u64::try_from(ready.len()).unwrap_or(0).saturating_sub(1);
        if others == 0 {
            return false;
        }
        ready.swap(0, 1 + usize::try_from(choose(others)).unwrap_or(0));
        true
    }

    /// The next ready messages, at most `limit`; they have to be moved. None if there are none.
    pub(super) fn next(&mut self, limit: usize, entries: &BTreeMap<Sequence, Entry>) -> Vec<Sequence> {
        let is_ready = |sequence| entries.get(&sequence).is_some_and(|entry| entry.place == Place::Ready);
        match self {
            Self::Fifo(groups) => groups.next(limit, is_ready),
            Self::Standard(ready) => {
                let mut next = Vec::with_capacity(limit.min(ready.len()));
                while next.len() < limit
                    && let Some(sequence) = ready.pop_front()
                {
                    if is_ready(sequence) {
                        next.push(sequence);
                    }
                }
                next
            }
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Standard(ready) => ready.clear(),
            Self::Fifo(groups) => groups.clear(),
        }
    }
}
