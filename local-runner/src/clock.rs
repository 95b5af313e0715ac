//! Time as an argument: whatever waits or expires asks a [`Clock`], so that a test (and later a virtual day of
//! schedules) moves time instead of sleeping through it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tokio::sync::watch;

/// Tells the time and waits for a time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present, as this clock has it.
    fn now(&self) -> DateTime<Utc>;

    /// Resolves once [`Clock::now`] has reached `at`; at once if it already has.
    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        let wait = (at - Utc::now()).to_std().unwrap_or(Duration::ZERO);
        Box::pin(tokio::time::sleep(wait))
    }
}

/// A clock that stands still until it is moved. Copies share the same time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    time: Arc<Mutex<watch::Sender<DateTime<Utc>>>>,
}

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn new(start: DateTime<Utc>) -> Self {
        Self { time: Arc::new(Mutex::new(watch::Sender::new(start))) }
    }

    /// Moves the clock by `step` and wakes whoever waited for a time that has now come.
    pub fn advance(&self, step: TimeDelta) {
        self.time.lock().unwrap_or_else(PoisonError::into_inner).send_modify(|time| *time += step);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.time.lock().unwrap_or_else(PoisonError::into_inner).borrow()
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        let mut time = self.time.lock().unwrap_or_else(PoisonError::into_inner).subscribe();
        Box::pin(async move {
            if time.wait_for(|now| *now >= at).await.is_err() {
                // The clock is gone: its time never comes.
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_manual_clock_reaches_its_time() {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let sleeper = tokio::spawn(clock.sleep_until(DateTime::UNIX_EPOCH + TimeDelta::seconds(10)));
        clock.advance(TimeDelta::seconds(9));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(TimeDelta::seconds(1));
        sleeper.await.expect("the sleeper does not panic");
    }
}
