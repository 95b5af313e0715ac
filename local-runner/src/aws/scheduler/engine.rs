//! Firing: what is due goes to its target, one fire at a time and in order; what fails is tried again as the retry
//! policy says, and then goes to the dead-letter queue.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;

use super::Scheduler;
use super::model::{AfterCompletion, Firing, Schedule, Target};
use super::state::Record;

/// The first retry comes after a second, each further one after twice as long, at most after this.
const LONGEST_BACKOFF_S: i64 = 60;

/// Takes fires to where they go.
pub(crate) trait Targets: Send + Sync {
    /// Hands a fire over; the error says whether to try again.
    fn deliver<'a>(&'a self, shot: &'a Shot) -> BoxFuture<'a, Result<(), Refused>>;

    /// Hands a fire that was given up to the dead-letter queue `arn`.
    fn bury<'a>(
        &'a self,
        arn: &'a str,
        shot: &'a Shot,
        why: &'a GivenUp,
    ) -> BoxFuture<'a, Result<(), Refused>>;

    /// Resolves when nothing that was handed over is being worked on, or it is not worth while to wait longer.
    fn settled(&self) -> BoxFuture<'_, ()>;
}

/// One attempt at a fire.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    pub(crate) schedule_arn: String,
    pub(crate) execution_id: String,
    pub(crate) planned: DateTime<Utc>,
    /// 1 for the first.
    pub(crate) attempt: u32,
    pub(crate) target: Target,
}

/// Why a target did not take a fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) is_passing: bool,
}

/// Why no further attempt is made.
#[derive(Debug, Clone)]
pub(crate) struct GivenUp {
    pub(crate) refused: Refused,
    /// `MaximumRetryAttempts` or `MaximumEventAgeInSeconds`; absent when trying again is of no use.
    pub(crate) exhausted: Option<&'static str>,
    pub(crate) retries: u32,
}

impl Scheduler {
    /// Fires what is due, waits for what is due next or for a change, and so on.
    pub(crate) async fn run(&self, targets: Arc<dyn Targets>) {
        loop {
            let changed = self.changed.notified();
            {
                let _turn = self.turn.lock().await;
                while self.fire_first(self.clock.now(), targets.as_ref()).await {}
            }
            let next = self.state().next_due();
            match next {
                Some(at) => tokio::select! {
                    () = self.clock.sleep_until(at) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }

    /// Fires what is due first, if anything is.
    pub(super) async fn fire_first(&self, now: DateTime<Utc>, targets: &dyn Targets) -> bool {
        let Some((mut schedule, firing)) = self.take_due(now) else { return false };
        let shot = Shot {
            schedule_arn: schedule.arn(),
            execution_id: firing.execution_id.clone(),
            planned: firing.planned,
            attempt: firing.attempts + 1,
            target: schedule.definition.target.clone(),
        };
        let outcome = targets.deliver(&shot).await;
        match outcome {
            Ok(()) => {}
            Err(refused) => match firing.after(refused, &shot.target, now) {
                Next::Retry(firing) => schedule.firings.push(firing),
                Next::GiveUp(why) => give_up(&shot, &why, targets).await,
            },
        }
        self.conclude(schedule).await;
        true
    }

    /// The schedule that is due first, as it is once this fire is dealt with, and the fire.
    fn take_due(&self, now: DateTime<Utc>) -> Option<(Schedule, Firing)> {
        let state = self.state();
        let mut schedule = state.schedules.get(&state.first_due(now)?.1)?.clone();
        if let Some(at) = schedule.firings.iter().position(|firing| firing.next_attempt <= now) {
            let firing = schedule.firings.remove(at);
            return Some((schedule, firing));
        }
        let planned = schedule.due(now)?;
        schedule.fired_until = planned;
        schedule.last_fire = Some(planned);
        Some((schedule, Firing::new(planned, now)))
    }

    /// Notes what has become of a schedule, unless it was changed or deleted meanwhile.
    async fn conclude(&self, mut fired: Schedule) {
        fired.refresh();
        let durable = {
            let mut state = self.state();
            let Some(present) = state.schedules.get(&fired.key()) else { return };
            if present.created != fired.created {
                return;
            }
            if present.modified != fired.modified {
                fired.definition = present.definition.clone();
                fired.modified = present.modified;
                fired.fired_until = fired.fired_until.max(present.fired_until);
                fired.refresh();
            }
            let is_complete = fired.next.is_none() && fired.firings.is_empty();
            let deletes = fired.definition.action_after_completion == AfterCompletion::Delete
                && fired.definition.state == super::model::Switch::Enabled;
            let record = if is_complete && deletes {
                Record::ScheduleGone { group: fired.group, name: fired.name }
            } else {
                Record::Schedule(Box::new(fired))
            };
            self.record(&mut state, record)
        };
        if let Err(error) = durable.await {
            tracing::error!(%error, "a fire could not be noted and may be repeated");
        }
    }
}

async fn give_up(shot: &Shot, why: &GivenUp, targets: &dyn Targets) {
    tracing::warn!(schedule = %shot.schedule_arn, error = %why.refused.message, "a fire was given up");
    let Some(arn) = shot.target.dead_letter_config.as_ref().and_then(|config| config.arn.as_deref()) else {
        return;
    };
    if let Err(error) = targets.bury(arn, shot, why).await {
        tracing::warn!(schedule = %shot.schedule_arn, ?error, "nor could it go to the dead-letter queue");
    }
}

enum Next {
    Retry(Firing),
    GiveUp(GivenUp),
}

impl Firing {
    pub(super) fn new(planned: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let execution_id = format!("{:016x}", rand::random::<u64>());
        Self { planned, execution_id, attempts: 0, first_attempt: now, next_attempt: now }
    }

    /// What comes after an attempt that failed.
    fn after(mut self, refused: Refused, target: &Target, now: DateTime<Utc>) -> Next {
        let policy = &target.retry_policy;
        let retries = self.attempts;
        let age = (now - self.first_attempt).num_seconds();
        let exhausted = if retries >= policy.maximum_retry_attempts {
            Some("MaximumRetryAttempts")
        } else if age >= policy.maximum_event_age_in_seconds {
            Some("MaximumEventAgeInSeconds")
        } else {
            None
        };
        if !refused.is_passing || exhausted.is_some() {
            return Next::GiveUp(GivenUp { refused, exhausted, retries });
        }
        let backoff = 1_i64.checked_shl(retries).filter(|s| (1..LONGEST_BACKOFF_S).contains(s));
        self.attempts += 1;
        self.next_attempt = now + TimeDelta::seconds(backoff.unwrap_or(LONGEST_BACKOFF_S));
        Next::Retry(self)
    }
}
