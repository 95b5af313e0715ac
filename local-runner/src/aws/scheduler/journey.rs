//! A journey of the clock: how far it has come, whether anybody wants it to end, and how it ended.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::travel::TravelError;

/// See the module.
#[derive(Debug)]
pub(super) struct Journey {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    began: Instant,
    fires: AtomicUsize,
    is_cancelled: watch::Sender<bool>,
    end: Mutex<Option<(Duration, Result<(), TravelError>)>>,
}

/// The journey that is under way, or the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyView {
    /// The time that it began at.
    pub from: DateTime<Utc>,
    /// The time that it goes to.
    pub to: DateTime<Utc>,
    /// How many fires there were on the way so far.
    pub fires: usize,
    /// How long it takes or took, in the machine's time.
    pub took: Duration,
    /// How it ended; none while it is under way.
    pub end: Option<Result<(), TravelError>>,
}

impl Journey {
    pub(super) fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self {
            from,
            to,
            began: Instant::now(),
            fires: AtomicUsize::new(0),
            is_cancelled: watch::Sender::new(false),
            end: Mutex::default(),
        }
    }

    pub(super) fn fired(&self) {
        self.fires.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn fires(&self) -> usize {
        self.fires.load(Ordering::Relaxed)
    }

    /// Goes no farther than what was already fired.
    pub(super) fn cancel(&self) {
        self.is_cancelled.send_replace(true);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        *self.is_cancelled.borrow()
    }

    /// Resolves when it is cancelled.
    pub(super) async fn cancelled(&self) {
        // It holds the sender itself, so there is no error.
        let _ = self.is_cancelled.subscribe().wait_for(|is_cancelled| *is_cancelled).await;
    }

    pub(super) fn ended(&self, how: Result<(), TravelError>) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.began.elapsed(), how));
    }

    pub(super) fn view(&self) -> JourneyView {
        let end = *self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let (took, end) = end.map_or((self.began.elapsed(), None), |(took, how)| (took, Some(how)));
        JourneyView { from: self.from, to: self.to, fires: self.fires(), took, end }
    }
}
