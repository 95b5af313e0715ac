//! Travelling: the clock goes to a later time, and every fire on the way happens, in order and at its time.
//!
//! It goes in stretches. What fires in a stretch is handed over at once, the planned time in each event, while the
//! clock stands at the stretch's beginning; then whoever works on it is waited for, and only then the clock follows.
//! So the real work of a stretch is done in one go, the clock is never ahead of it, and no message becomes visible
//! again only because virtual time outran real work.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Scheduler;
use super::engine::Targets;
use super::journey::Journey;

/// The longest stretch: what work leaves for later, such as a delayed message, comes no later than this.
const STRETCH: TimeDelta = TimeDelta::hours(1);

/// How long somebody who cancels waits for the work that has begun.
const PARTING: Duration = Duration::from_secs(2);

/// Why time stays as it is, or came less far than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TravelError {
    /// The services run by a clock that cannot be moved.
    #[error("this clock cannot be moved")]
    FixedClock,
    /// The time has passed.
    #[error("{0} has passed: time goes forward only")]
    Past(DateTime<Utc>),
    /// One at a time.
    #[error("the clock is on its way to {0}: wait for it, or cancel that first")]
    UnderWay(DateTime<Utc>),
    /// Somebody did.
    #[error("cancelled: the clock stopped on its way")]
    Cancelled,
    /// A defect, told in the log.
    #[error("the journey broke off")]
    BrokeOff,
}

impl Scheduler {
    /// Begins a journey that [`Scheduler::travel`] makes.
    pub(super) fn set_out(&self, to: DateTime<Utc>) -> Result<Arc<Journey>, TravelError> {
        let from = self.now();
        if to < from {
            return Err(TravelError::Past(to));
        }
        let mut latest = self.journey();
        if let Some(other) = latest.as_ref().filter(|other| other.view().end.is_none()) {
            return Err(TravelError::UnderWay(other.to));
        }
        Ok(Arc::clone(latest.insert(Arc::new(Journey::new(from, to)))))
    }

    /// Makes a journey; returns how many fires there were on the way.
    pub(super) async fn travel(
        &self,
        journey: &Journey,
        targets: &dyn Targets,
    ) -> Result<usize, TravelError> {
        let _turn = self.turn.lock().await;
        let ended = self.go(journey, targets).await;
        self.changed.notify_one();
        journey.ended(ended);
        ended.map(|()| journey.fires())
    }

    async fn go(&self, journey: &Journey, targets: &dyn Targets) -> Result<(), TravelError> {
        let next = || self.state().next_due().filter(|due| *due <= journey.to);
        settle(journey, targets).await?;
        while let Some(first) = next() {
            if journey.is_cancelled() {
                return Err(TravelError::Cancelled);
            }
            self.forward(first)?;
            let last = self.fire_stretch(first, journey, targets).await;
            settle(journey, targets).await?;
            self.forward(last)?;
        }
        self.forward(journey.to)
    }

    /// Fires what is due from `first` on, each fire as of its own time; returns the last of these times. A stretch ends
    /// where another schedule than those that it began with is due: that one finds the work before it done.
    async fn fire_stretch(
        &self,
        first: DateTime<Utc>,
        journey: &Journey,
        targets: &dyn Targets,
    ) -> DateTime<Utc> {
        let until = first.checked_add_signed(STRETCH).map_or(journey.to, |end| end.min(journey.to));
        let (mut last, mut schedules) = (first, BTreeSet::new());
        loop {
            let Some((due, key)) = self.state().first_due(until) else { return last };
            if (due > first && !schedules.contains(&key)) || !self.fire_first(due, targets).await {
                return last;
            }
            schedules.insert(key);
            last = last.max(due);
            journey.fired();
            // A fire need not wait for anything, and others want to get on.
            tokio::task::yield_now().await;
        }
    }

    /// The clock may have run on by itself meanwhile.
    fn forward(&self, to: DateTime<Utc>) -> Result<(), TravelError> {
        if to > self.now() && !self.clock.move_to(to) {
            return Err(TravelError::FixedClock);
        }
        Ok(())
    }
}

/// Waits for whoever works on what was fired; after a cancellation not for long, and then the clock stays behind.
async fn settle(journey: &Journey, targets: &dyn Targets) -> Result<(), TravelError> {
    let given_up = async {
        journey.cancelled().await;
        tokio::time::sleep(PARTING).await;
    };
    tokio::select! {
        biased;
        () = targets.settled() => Ok(()),
        () = given_up => Err(TravelError::Cancelled),
    }
}
