//! The order of a FIFO queue: messages of one group come in the order in which they were sent, and none while another
//! of the group is in flight (developer guide, "FIFO queue delivery logic in Amazon SQS"). Groups take turns.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::queue::Sequence;

/// The name of a message group.
pub(super) type GroupId = Arc<str>;

/// All groups that have a message.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: HashMap<GroupId, Group>,
    /// Groups to look into, first come first served. Holds such as are blocked since, until they come up.
    turns: VecDeque<GroupId>,
}

#[derive(Debug, Default)]
struct Group {
    waiting: BTreeSet<Sequence>,
    in_flight: usize,
    has_turn: bool,
}

/// Where a message of a group is, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whereabouts {
    Absent,
    /// Ready or delayed.
    Waiting,
    InFlight,
}

impl Groups {
    /// Follows a message from one place to another. A group with nothing in flight gets a turn.
    pub(super) fn moved(&mut self, name: &GroupId, sequence: Sequence, from: Whereabouts, to: Whereabouts) {
        let group = self.groups.entry(Arc::clone(name)).or_default();
        match from {
            Whereabouts::Absent => {}
            Whereabouts::Waiting => drop(group.waiting.remove(&sequence)),
            Whereabouts::InFlight => group.in_flight -= 1,
        }
        match to {
            Whereabouts::Absent => {}
            Whereabouts::Waiting => drop(group.waiting.insert(sequence)),
            Whereabouts::InFlight => group.in_flight += 1,
        }
        if group.in_flight > 0 {
            return;
        }
        if group.waiting.is_empty() {
            self.groups.remove(name);
        } else if !group.has_turn {
            group.has_turn = true;
            self.turns.push_back(Arc::clone(name));
        }
    }

    /// The first messages, at most `limit`, of the next group that has any to give. They have to be moved, or the
    /// group has lost its turn.
    pub(super) fn next(&mut self, limit: usize, is_ready: impl Fn(Sequence) -> bool) -> Vec<Sequence> {
        while let Some(name) = self.turns.pop_front() {
            let Some(group) = self.groups.get_mut(&name) else { continue };
            group.has_turn = false;
            if group.in_flight > 0 {
                continue;
            }
            let first: Vec<_> = group
                .waiting
                .iter()
                .copied()
                .take(limit)
                .take_while(|sequence| is_ready(*sequence))
                .collect();
            if !first.is_empty() {
                return first;
            }
        }
        Vec::new()
    }

    pub(super) fn clear(&mut self) {
        self.groups.clear();
        self.turns.clear();
    }
}
