//! Creating, changing, reading, listing and deleting schedules.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Scheduler;
use super::error::SchedulerError;
use super::model::{Definition, Schedule, Switch, seconds};
use super::state::{DEFAULT_GROUP, Record};
use super::validate;

/// The most entries of a page.
const MAX_RESULTS: usize = 100;

/// The body of CreateSchedule and UpdateSchedule.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    #[serde(rename = "ClientToken")]
    client_token: Option<String>,
    #[serde(rename = "GroupName")]
    group_name: Option<String>,
    #[serde(flatten)]
    definition: Definition,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ScheduleArn {
    schedule_arn: String,
}

/// What ListSchedules and ListScheduleGroups take in the query.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) group: Option<String>,
    pub(super) name_prefix: Option<String>,
    pub(super) state: Option<String>,
    pub(super) max_results: Option<String>,
    pub(super) next_token: Option<String>,
}

impl Scheduler {
    pub(super) async fn create(&self, name: String, said: Said) -> Result<ScheduleArn, SchedulerError> {
        let group = said.group_name.unwrap_or_else(|| DEFAULT_GROUP.into());
        validate::name("name", &name)?;
        validate::definition(&said.definition)?;
        let durable = {
            let mut state = self.state();
            if !state.groups.contains_key(&group) {
                return Err(SchedulerError::no_group(&group));
            }
            match state.schedules.get(&(group.clone(), name.clone())) {
                Some(present) => {
                    let is_repeated =
                        said.client_token.is_some() && present.client_token == said.client_token;
                    if !is_repeated || present.definition != said.definition {
                        return Err(SchedulerError::Conflict(format!("Schedule {name} already exists.")));
                    }
                    self.journal.settled()
                }
                None => {
                    let schedule =
                        self.new_schedule(group.clone(), name.clone(), said.definition, said.client_token);
                    self.record(&mut state, Record::Schedule(Box::new(schedule)))
                }
            }
        };
        durable.await?;
        self.changed.notify_one();
        Ok(ScheduleArn { schedule_arn: super::arn(&group, &name) })
    }

    pub(super) fn new_schedule(
        &self,
        group: String,
        name: String,
        definition: Definition,
        client_token: Option<String>,
    ) -> Schedule {
        let now = self.now();
        Schedule {
            group,
            name,
            definition,
            created: now,
            modified: now,
            client_token,
            // A rate without a start date fires at once (user guide, "Rate-based schedules").
            fired_until: now - chrono::TimeDelta::seconds(1),
            last_fire: None,
            firings: Vec::new(),
            next: None,
        }
    }

    /// All of it is replaced: what is left out gets its default (API reference, UpdateSchedule).
    pub(super) async fn update(&self, name: String, said: Said) -> Result<ScheduleArn, SchedulerError> {
        let group = said.group_name.unwrap_or_else(|| DEFAULT_GROUP.into());
        validate::definition(&said.definition)?;
        self.redefine(&group, &name, |present| *present = said.definition).await?;
        Ok(ScheduleArn { schedule_arn: super::arn(&group, &name) })
    }

    /// Changes what a schedule says. It goes on with its next fire from now.
    pub(super) async fn redefine(
        &self,
        group: &str,
        name: &str,
        change: impl FnOnce(&mut Definition),
    ) -> Result<(), SchedulerError> {
        let durable = {
            let mut state = self.state();
            let present = state.schedules.get(&(group.to_owned(), name.to_owned()));
            let mut schedule = present.ok_or_else(|| SchedulerError::no_schedule(name))?.clone();
            change(&mut schedule.definition);
            schedule.modified = self.now();
            schedule.fired_until = schedule.fired_until.max(schedule.modified);
            if schedule.definition.state == Switch::Disabled {
                schedule.firings.clear();
            }
            self.record(&mut state, Record::Schedule(Box::new(schedule)))
        };
        durable.await?;
        self.changed.notify_one();
        Ok(())
    }

    pub(super) fn get(&self, group: Option<String>, name: &str) -> Result<Value, SchedulerError> {
        let state = self.state();
        let key = (group.unwrap_or_else(|| DEFAULT_GROUP.into()), name.to_owned());
        let schedule = state.schedules.get(&key).ok_or_else(|| SchedulerError::no_schedule(name))?;
        let mut told = serde_json::to_value(&schedule.definition)
            .map_err(|error| SchedulerError::Internal(error.to_string()))?;
        told["Arn"] = schedule.arn().into();
        told["Name"] = schedule.name.clone().into();
        told["GroupName"] = schedule.group.clone().into();
        told["CreationDate"] = seconds(schedule.created).into();
        told["LastModificationDate"] = seconds(schedule.modified).into();
        Ok(told)
    }

    pub(super) async fn delete(&self, group: Option<String>, name: &str) -> Result<Value, SchedulerError> {
        let group = group.unwrap_or_else(|| DEFAULT_GROUP.into());
        let durable = {
            let mut state = self.state();
            if !state.schedules.contains_key(&(group.clone(), name.to_owned())) {
                return Err(SchedulerError::no_schedule(name));
            }
            self.record(&mut state, Record::ScheduleGone { group, name: name.into() })
        };
        durable.await?;
        Ok(json!({}))
    }

    pub(super) fn list(&self, wanted: &Wanted) -> Result<Value, SchedulerError> {
        let state = self.state();
        if let Some(group) = wanted.group.as_ref().filter(|group| !state.groups.contains_key(*group)) {
            return Err(SchedulerError::no_group(group));
        }
        let has_state = |schedule: &Schedule| {
            let name = if schedule.definition.state == Switch::Enabled { "ENABLED" } else { "DISABLED" };
            wanted.state.as_ref().is_none_or(|state| state == name)
        };
        let fits = state.schedules.values().filter(|schedule| {
            wanted.group.as_ref().is_none_or(|group| *group == schedule.group)
                && wanted.name_prefix.as_ref().is_none_or(|prefix| schedule.name.starts_with(prefix))
                && has_state(schedule)
        });
        let (page, next) = wanted.page(fits, |schedule| format!("{}/{}", schedule.group, schedule.name))?;
        let summary = |schedule: &Schedule| {
            json!({
                "Arn": schedule.arn(),
                "Name": schedule.name,
                "GroupName": schedule.group,
                "State": schedule.definition.state,
                "CreationDate": seconds(schedule.created),
                "LastModificationDate": seconds(schedule.modified),
                "Target": { "Arn": schedule.definition.target.arn },
            })
        };
        let page: Vec<_> = page.into_iter().map(summary).collect();
        Ok(json!({ "Schedules": page, "NextToken": next }))
    }
}

impl Wanted {
    /// The entries after the token, at most as many as fit, and the token of the page after.
    pub(super) fn page<T>(
        &self,
        entries: impl Iterator<Item = T>,
        id: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), SchedulerError> {
        let limit = match &self.max_results {
            None => MAX_RESULTS,
            Some(text) => text.parse().ok().filter(|n| (1..=MAX_RESULTS).contains(n)).ok_or_else(|| {
                SchedulerError::Validation("MaxResults must be between 1 and 100.".to_owned())
            })?,
        };
        let after = self.next_token.as_deref().unwrap_or_default();
        let mut page: Vec<T> = entries.filter(|entry| id(entry).as_str() > after).take(limit + 1).collect();
        let has_more = page.len() > limit;
        page.truncate(limit);
        let next = page.last().filter(|_| has_more).map(id);
        Ok((page, next))
    }
}
