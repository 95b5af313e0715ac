//! The schedules for people: what the dashboard shows and the command line does.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinHandle;

use super::engine::Shot;
use super::error::SchedulerError;
use super::journey::{Journey, JourneyView};
use super::model::{Definition, Firing, Schedule, Switch, Target};
use super::state::Record;
use super::travel::TravelError;
use super::{Scheduler, engine::Targets};
use crate::aws::server::Backends;

/// The schedules of running services. Copies are of the same.
#[derive(Clone)]
pub struct Schedules {
    pub(in crate::aws) backends: Arc<Backends>,
}

impl std::fmt::Debug for Schedules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schedules").finish_non_exhaustive()
    }
}

/// A schedule as a person wants to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleView {
    /// Its group.
    pub group: String,
    /// Its name, unique within the group.
    pub name: String,
    /// `rate(…)`, `cron(…)` or `at(…)`.
    pub expression: String,
    /// The expression in words, for example `every 5 minutes`.
    pub words: String,
    /// The time zone of the expression.
    pub time_zone: String,
    /// What it calls.
    pub target_arn: String,
    /// Whether it is paused (`DISABLED`).
    pub is_paused: bool,
    /// The time of its latest fire.
    pub last_fire: Option<DateTime<Utc>>,
    /// The times of its next fires, at most as many as were asked for.
    pub next_fires: Vec<DateTime<Utc>>,
    /// How many fires have failed and will be tried again.
    pub retrying: usize,
}

/// A journey that goes on whether anybody waits for it or not.
#[derive(Debug)]
pub struct Travelling {
    journey: Arc<Journey>,
    task: JoinHandle<Result<usize, TravelError>>,
}

impl Travelling {
    /// Waits for its end; returns how many fires there were on the way.
    ///
    /// # Errors
    /// As [`Schedules::travel_to`].
    pub async fn arrival(self) -> Result<usize, TravelError> {
        self.task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a journey of the clock broke off");
            self.journey.ended(Err(TravelError::BrokeOff));
            Err(TravelError::BrokeOff)
        })
    }
}

/// Cancels the journey when it is dropped.
struct Companion(Arc<Journey>);

impl Drop for Companion {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// There is no such schedule, or it could not be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownSchedule(String);

impl From<SchedulerError> for UnknownSchedule {
    fn from(error: SchedulerError) -> Self {
        match error {
            SchedulerError::Validation(text)
            | SchedulerError::NotFound(text)
            | SchedulerError::Conflict(text)
            | SchedulerError::Internal(text) => Self(text),
        }
    }
}

impl Schedules {
    fn scheduler(&self) -> &Scheduler {
        &self.backends.schedules
    }

    /// The present of the services, which may be ahead of the machine's.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.scheduler().now()
    }

    /// All schedules by group and name, each with up to `count` next fires.
    #[must_use]
    pub fn list(&self, count: usize) -> Vec<ScheduleView> {
        self.scheduler().state().schedules.values().map(|schedule| schedule.view(count)).collect()
    }

    /// Fires no more until it is resumed; what would have fired meanwhile never does.
    ///
    /// # Errors
    /// When there is no such schedule.
    pub async fn pause(&self, group: &str, name: &str) -> Result<(), UnknownSchedule> {
        Ok(self.scheduler().redefine(group, name, |schedule| schedule.state = Switch::Disabled).await?)
    }

    /// Fires again from its next time on.
    ///
    /// # Errors
    /// When there is no such schedule.
    pub async fn resume(&self, group: &str, name: &str) -> Result<(), UnknownSchedule> {
        Ok(self.scheduler().redefine(group, name, |schedule| schedule.state = Switch::Enabled).await?)
    }

    /// Fires now, besides its times, also when it is paused.
    ///
    /// # Errors
    /// When there is no such schedule, or its target does not take it.
    pub async fn run_now(&self, group: &str, name: &str) -> Result<(), UnknownSchedule> {
        let now = self.now();
        let shot = {
            let state = self.scheduler().state();
            let schedule = state.schedules.get(&(group.to_owned(), name.to_owned()));
            let schedule = schedule.ok_or_else(|| SchedulerError::no_schedule(name))?;
            Shot {
                schedule_arn: schedule.arn(),
                execution_id: Firing::new(now, now).execution_id,
                planned: now,
                attempt: 1,
                target: schedule.definition.target.clone(),
            }
        };
        self.backends.deliver(&shot).await.map_err(|refused| UnknownSchedule(refused.message))
    }

    /// Goes to a later time and fires everything on the way, in order; returns how many fires there were. Whoever gives
    /// up waiting for it cancels it.
    ///
    /// # Errors
    /// When the time has passed, the clock cannot be moved or is on its way already, or somebody cancels it.
    pub async fn travel_to(&self, to: DateTime<Utc>) -> Result<usize, TravelError> {
        let travelling = self.set_out(to)?;
        let _cancelled_when_dropped = Companion(Arc::clone(&travelling.journey));
        travelling.arrival().await
    }

    /// Begins [`Schedules::travel_to`] and lets it go on by itself.
    ///
    /// # Errors
    /// When the time has passed, or the clock is on its way already.
    pub fn set_out(&self, to: DateTime<Utc>) -> Result<Travelling, TravelError> {
        let journey = self.scheduler().set_out(to)?;
        let (backends, own) = (Arc::clone(&self.backends), Arc::clone(&journey));
        // A task of its own: dropped between a fire and its note, it would repeat the fire.
        let task = tokio::spawn(async move { backends.schedules.travel(&own, backends.as_ref()).await });
        Ok(Travelling { journey, task })
    }

    /// The journey that is under way, or the last one.
    #[must_use]
    pub fn journey(&self) -> Option<JourneyView> {
        self.scheduler().journey().as_ref().map(|journey| journey.view())
    }

    /// The queues whose work the clock waits for on its way.
    #[must_use]
    pub fn waits_for(&self) -> Vec<String> {
        self.backends.queues.worked_on().into_iter().map(|(queue, _)| queue).collect()
    }

    /// Ends the journey that is under way, if there is one: what was fired is finished, and time stays there.
    pub fn cancel_journey(&self) {
        if let Some(journey) = &*self.scheduler().journey() {
            journey.cancel();
        }
    }

    /// [`Schedules::travel_to`] as much later.
    ///
    /// # Errors
    /// As there.
    pub async fn travel_by(&self, step: TimeDelta) -> Result<usize, TravelError> {
        let now = self.now();
        self.travel_to(now.checked_add_signed(step).unwrap_or(now)).await
    }

    /// Makes the group consist of exactly these schedules, and lets it fire. Schedules that are as before go on where
    /// they were, paused or not; new ones begin with their next time.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(crate) async fn make_group(
        &self,
        group: &str,
        wanted: Vec<(String, String, Target)>,
    ) -> Result<(), UnknownSchedule> {
        Ok(self.scheduler().make_group(group, wanted).await?)
    }
}

impl Schedule {
    fn view(&self, count: usize) -> ScheduleView {
        ScheduleView {
            group: self.group.clone(),
            name: self.name.clone(),
            expression: self.definition.schedule_expression.clone(),
            words: self.words(),
            time_zone: self.definition.schedule_expression_timezone.clone(),
            target_arn: self.definition.target.arn.clone(),
            is_paused: self.definition.state == Switch::Disabled,
            last_fire: self.last_fire,
            next_fires: self.next_fires(count),
            retrying: self.firings.len(),
        }
    }
}

impl Scheduler {
    /// See [`Schedules::make_group`]; each schedule with its name, expression and target.
    pub(super) async fn make_group(
        &self,
        group: &str,
        wanted: Vec<(String, String, Target)>,
    ) -> Result<(), SchedulerError> {
        match self.create_group(group, Default::default()).await {
            Ok(_) | Err(SchedulerError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        let durable = {
            let mut state = self.state();
            let present: Vec<Schedule> =
                state.schedules.values().filter(|schedule| schedule.group == group).cloned().collect();
            for gone in
                present.iter().filter(|schedule| !wanted.iter().any(|(name, ..)| *name == schedule.name))
            {
                let record = Record::ScheduleGone { group: group.into(), name: gone.name.clone() };
                drop(self.record(&mut state, record));
            }
            for (name, expression, target) in wanted {
                let known = present.iter().find(|schedule| schedule.name == name);
                let definition = Definition::aligned(expression, target);
                let schedule = self.brought_up_to(known, group, name, definition);
                drop(self.record(&mut state, Record::Schedule(Box::new(schedule))));
            }
            state.held = None;
            self.journal.settled()
        };
        durable.await?;
        self.changed.notify_one();
        Ok(())
    }

    fn brought_up_to(
        &self,
        known: Option<&Schedule>,
        group: &str,
        name: String,
        mut definition: Definition,
    ) -> Schedule {
        let now = self.now();
        let Some(known) = known else {
            let mut schedule = self.new_schedule(group.into(), name, definition, None);
            schedule.fired_until = now;
            return schedule;
        };
        definition.state = known.definition.state;
        let is_same = known.definition == definition;
        let is_same_time = known.definition.schedule_expression == definition.schedule_expression;
        Schedule {
            definition,
            modified: if is_same { known.modified } else { now },
            fired_until: if is_same_time { known.fired_until } else { known.fired_until.max(now) },
            ..known.clone()
        }
    }
}
