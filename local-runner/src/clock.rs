//! Time as an argument: whatever waits or expires asks a [`Clock`], so that a test or a virtual day of schedules moves
//! time instead of sleeping through it.

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

    /// Goes to `to`, and says whether this clock can. Whoever waits for a time on the way is woken; nobody is waited
    /// for, see [`crate::schedules::Schedules::travel_to`].
    fn move_to(&self, _to: DateTime<Utc>) -> bool {
        false
    }
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

/// The machine's clock, set forward (or back again) at will. Copies share the same time.
///
/// It is for this process: functions run in processes of their own and see the machine's time. Those of a schedule
/// work from the fire time in their event.
#[derive(Debug, Clone)]
pub struct TravellingClock {
    ahead: Arc<watch::Sender<TimeDelta>>,
}

impl Default for TravellingClock {
    fn default() -> Self {
        Self { ahead: Arc::new(watch::Sender::new(TimeDelta::zero())) }
    }
}

impl TravellingClock {
    /// How far ahead of the machine's clock this one is.
    #[must_use]
    pub fn ahead(&self) -> TimeDelta {
        *self.ahead.borrow()
    }
}

impl Clock for TravellingClock {
    fn now(&self) -> DateTime<Utc> {
        let now = Utc::now();
        now.checked_add_signed(self.ahead()).unwrap_or(now)
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        let mut ahead = self.ahead.subscribe();
        Box::pin(async move {
            loop {
                let wait = at - Utc::now() - *ahead.borrow_and_update();
                let Ok(wait) = wait.to_std() else { return };
                tokio::select! {
                    () = tokio::time::sleep(wait) => return,
                    moved = ahead.changed() => if moved.is_err() {
                        // Nobody can move the clock any more: it runs as the machine's does.
                        return tokio::time::sleep(wait).await;
                    },
                }
            }
        })
    }

    fn move_to(&self, to: DateTime<Utc>) -> bool {
        self.ahead.send_replace(to - Utc::now());
        true
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

    fn move_to(&self, to: DateTime<Utc>) -> bool {
        self.time.lock().unwrap_or_else(PoisonError::into_inner).send_replace(to);
        true
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

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_travelling_clock_passes_its_time() {
        let clock = TravellingClock::default();
        let sleeper = tokio::spawn(clock.sleep_until(Utc::now() + TimeDelta::days(400)));
        tokio::task::yield_now().await;
        assert!(clock.move_to(Utc::now() + TimeDelta::days(399)));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        assert!(clock.move_to(Utc::now() + TimeDelta::days(401)));
        sleeper.await.expect("the sleeper does not panic");
        assert!(clock.ahead() > TimeDelta::days(400), "and goes on from there");
    }
}
