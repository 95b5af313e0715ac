//! The message groups that a FIFO queue's batches in flight have, at most one batch each.
//!
//! SQS itself holds back a group while one of its messages is hidden. When a batch outlives its visibility timeout,
//! because extending it failed, SQS delivers the group again; then the second batch waits here for the first.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(super) struct Groups {
    in_flight: Mutex<HashSet<String>>,
    freed: Notify,
}

/// Frees its groups when it is dropped.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    groups: &'a Groups,
    names: HashSet<String>,
}

impl Groups {
    /// Waits until none of these is in flight, then takes them all; one after the other could wait for ever.
    pub(super) async fn take(&self, names: HashSet<String>) -> Taken<'_> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            {
                let mut in_flight = self.lock();
                if in_flight.is_disjoint(&names) {
                    in_flight.extend(names.iter().cloned());
                    drop(in_flight);
                    return Taken { groups: self, names };
                }
            }
            freed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.names.is_empty() {
            return;
        }
        let mut in_flight = self.groups.lock();
        for name in &self.names {
            in_flight.remove(name);
        }
        drop(in_flight);
        self.groups.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn names(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[tokio::test]
    async fn a_group_has_one_batch_in_flight_and_others_do_not_wait_for_it() {
        let groups = Groups::default();
        let first = groups.take(names(&["a", "b"])).await;
        assert!(groups.take(names(&["b", "c"])).now_or_never().is_none());
        let other = groups.take(names(&["c"])).now_or_never();
        assert!(other.is_some());
        drop((first, other));
        assert!(groups.take(names(&["b", "c"])).now_or_never().is_some());
    }
}
