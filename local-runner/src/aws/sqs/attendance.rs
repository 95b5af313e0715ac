//! Who works on a queue: the travelling clock waits for them, and for nobody where nobody receives.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Queues;

/// Who has received and not asked again for as long has left, or is working.
const ABSENT_AFTER: Duration = Duration::from_millis(500);

/// The receives of one queue.
#[derive(Debug, Default)]
pub(super) struct Attendance {
    asking: AtomicUsize,
    /// When the last receive ended, by the machine's time.
    left: Mutex<Option<Instant>>,
}

/// A receive, as long as it goes on.
#[derive(Debug)]
pub(super) struct Asking(Arc<Attendance>);

impl Attendance {
    /// A receive begins.
    pub(super) fn ask(self: &Arc<Self>) -> Asking {
        self.asking.fetch_add(1, Ordering::Relaxed);
        Asking(Arc::clone(self))
    }

    /// Whether somebody is there to receive what is ready.
    pub(super) fn is_given(&self) -> bool {
        let left = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        self.asking.load(Ordering::Relaxed) > 0 || left.is_some_and(|at| at.elapsed() < ABSENT_AFTER)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        *self.0.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.0.asking.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Queues {
    /// The queues with messages that somebody works on or is about to receive, and how many these are. What a consumer
    /// has put off, as after a failure, is not among them.
    pub(in crate::aws) fn worked_on(&self) -> Vec<(String, usize)> {
        let now = self.now_ms();
        let mut state = self.state();
        let left = state.queues.values_mut().filter(|queue| !queue.is_empty()).map(|queue| {
            let (ready, working) = (queue.counts(now).ready, queue.working());
            let is_attended = working > 0 || queue.attendance.is_given();
            (queue.name.clone(), if is_attended { ready + working } else { 0 })
        });
        left.filter(|(_, left)| *left > 0).collect()
    }
}
