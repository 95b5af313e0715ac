//! Travelling: the clock goes to a later time, and every fire on the way happens, in order and at its time.

use chrono::{DateTime, Utc};

use super::Scheduler;
use super::engine::Targets;

/// Why time stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TravelError {
    /// The services run by a clock that cannot be moved.
    #[error("this clock cannot be moved")]
    FixedClock,
    /// The time has passed.
    #[error("{0} has passed: time goes forward only")]
    Past(DateTime<Utc>),
}

impl Scheduler {
    /// Goes to `to`; returns how many fires there were on the way.
    ///
    /// Before each step whoever works on a message is waited for (some seconds at most): no message becomes visible
    /// again only because virtual time outran real work.
    pub(super) async fn travel_to(
        &self,
        to: DateTime<Utc>,
        targets: &dyn Targets,
    ) -> Result<usize, TravelError> {
        if to < self.now() {
            return Err(TravelError::Past(to));
        }
        let mut fires = 0;
        let _turn = self.turn.lock().await;
        loop {
            let due = self.state().next_due().filter(|due| *due <= to);
            let Some(due) = due else { break };
            targets.settled().await;
            let now = self.now();
            if due > now && !self.clock.move_to(due) {
                return Err(TravelError::FixedClock);
            }
            // The clock may run on by itself meanwhile: each fire is still dealt with as of its own time.
            fires += usize::from(self.fire_first(due, targets).await);
        }
        targets.settled().await;
        if self.now() < to && !self.clock.move_to(to) {
            return Err(TravelError::FixedClock);
        }
        self.changed.notify_one();
        Ok(fires)
    }
}
