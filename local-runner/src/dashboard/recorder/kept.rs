//! The latest invocations, as many as fit.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use super::Invocation;

/// Most invocations.
const MOST: usize = 500;
/// Most memory that they hold, in bytes.
const MOST_BYTES: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Kept {
    by_id: HashMap<String, Arc<Invocation>>,
    /// In the order in which they were first heard of.
    order: VecDeque<String>,
    bytes: usize,
    /// Of those that run.
    running: HashSet<String>,
}

impl Kept {
    /// Changes an invocation; one that was not heard of before is added, and old ones make room.
    pub(super) fn update(&mut self, request_id: &str, change: impl FnOnce(&mut Invocation)) {
        let known = self.by_id.entry(request_id.to_owned()).or_insert_with(|| {
            self.order.push_back(request_id.to_owned());
            let new = Invocation::new(request_id);
            self.bytes += new.size();
            Arc::new(new)
        });
        let invocation = Arc::make_mut(known);
        let before = invocation.size();
        change(invocation);
        invocation.shorten();
        self.bytes = (self.bytes + invocation.size()).saturating_sub(before);
        while self.order.len() > 1 && (self.order.len() > MOST || self.bytes > MOST_BYTES) {
            let oldest = self.order.pop_front();
            let oldest = oldest.and_then(|id| self.by_id.remove(&id));
            self.bytes = self.bytes.saturating_sub(oldest.map_or(0, |oldest| oldest.size()));
        }
    }

    /// It runs from now on.
    pub(super) fn begin(&mut self, request_id: &str) {
        self.running.insert(request_id.to_owned());
    }

    /// It does not run any more, as far as anybody will hear.
    pub(super) fn end(&mut self, request_id: &str) {
        self.running.remove(request_id);
    }

    /// Those that run, the latest first.
    pub(super) fn running(&self) -> Vec<Arc<Invocation>> {
        latest_first(self.running.iter().filter_map(|id| self.by_id.get(id)))
    }

    /// All others of the same trace, the earliest first.
    pub(super) fn same_trace(&self, invocation: &Invocation) -> Vec<Arc<Invocation>> {
        let ours: HashSet<&str> = invocation.traces().collect();
        let is_other = |kept: &&Arc<Invocation>| {
            kept.request_id != invocation.request_id && kept.traces().any(|root| ours.contains(root))
        };
        let mut found = latest_first(self.by_id.values().filter(is_other));
        found.reverse();
        found
    }

    pub(super) fn find(&self, request_id: &str) -> Option<Arc<Invocation>> {
        self.by_id.get(request_id).cloned()
    }

    /// Those that have ended, the latest first.
    pub(super) fn ended(&self) -> Vec<Arc<Invocation>> {
        latest_first(self.by_id.values().filter(|kept| kept.cause.is_some()))
    }
}

fn latest_first<'a>(invocations: impl Iterator<Item = &'a Arc<Invocation>>) -> Vec<Arc<Invocation>> {
    let mut sorted: Vec<_> = invocations.cloned().collect();
    sorted.sort_by(|a, b| (b.started, &b.request_id).cmp(&(a.started, &a.request_id)));
    sorted
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn of(kept: &mut Kept, id: &str, bytes: usize) {
        kept.update(id, |invocation| invocation.event = Some(Bytes::from(vec![0; bytes])));
    }

    #[test]
    fn the_oldest_make_room_when_there_are_too_many() {
        let mut kept = Kept::default();
        (0..MOST + 3).for_each(|number| of(&mut kept, &number.to_string(), 1));
        assert_eq!(kept.by_id.len(), MOST);
        assert!(kept.find("2").is_none() && kept.find("3").is_some());
    }

    #[test]
    fn the_oldest_make_room_when_they_are_too_large() {
        let mut kept = Kept::default();
        (0..20).for_each(|number| of(&mut kept, &number.to_string(), 6 << 20));
        assert_eq!(kept.by_id.len(), 10);
        let held: usize = kept.by_id.values().map(|invocation| invocation.size()).sum();
        assert_eq!(kept.bytes, held, "what is counted is what is held");
    }

    #[test]
    fn one_that_is_larger_than_all_room_is_kept_until_the_next() {
        let mut kept = Kept::default();
        of(&mut kept, "large", MOST_BYTES + 1);
        assert!(kept.find("large").is_some());
        of(&mut kept, "next", 1);
        assert!(kept.find("large").is_none());
    }
}
