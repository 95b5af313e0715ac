//! All groups and schedules, and the records that bring them back.

use std::collections::BTreeMap;
use std::io;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::journal::Snapshot;
use super::model::{Group, Schedule};

/// The group of schedules that name none.
pub(super) const DEFAULT_GROUP: &str = "default";

/// A durable change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    Group(Group),
    GroupGone(String),
    Schedule(Box<Schedule>),
    ScheduleGone { group: String, name: String },
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) groups: BTreeMap<String, Group>,
    /// By group and name.
    pub(super) schedules: BTreeMap<(String, String), Schedule>,
    /// A group whose schedules wait until they are known to be wanted.
    pub(super) held: Option<String>,
}

impl Record {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a record has string keys and no failing serializer")
    }
}

impl State {
    /// Applies a change, new or read back.
    pub(super) fn apply(&mut self, record: Record) {
        match record {
            Record::Group(group) => drop(self.groups.insert(group.name.clone(), group)),
            Record::GroupGone(name) => {
                self.schedules.retain(|(group, _), _| *group != name);
                self.groups.remove(&name);
            }
            Record::Schedule(schedule) => {
                let mut schedule = *schedule;
                schedule.refresh();
                self.schedules.insert(schedule.key(), schedule);
            }
            Record::ScheduleGone { group, name } => drop(self.schedules.remove(&(group, name))),
        }
    }

    /// What was fired in a future that the clock has not come to again may be fired again.
    pub(super) fn return_to(&mut self, now: DateTime<Utc>) {
        for schedule in self.schedules.values_mut().filter(|schedule| schedule.fired_until > now) {
            schedule.fired_until = now;
            schedule.last_fire = schedule.last_fire.filter(|at| *at <= now);
            schedule.refresh();
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let groups = self.groups.values().cloned().map(Record::Group);
        let schedules = self.schedules.values().cloned().map(|schedule| Record::Schedule(Box::new(schedule)));
        let records: Vec<Record> = groups.chain(schedules).collect();
        Box::new(move |write| -> io::Result<()> {
            records.iter().try_for_each(|record| write(&record.to_bytes()))
        })
    }

    /// The schedules that may fire.
    pub(super) fn awake(&self) -> impl Iterator<Item = &Schedule> {
        self.schedules.values().filter(|schedule| self.held.as_ref() != Some(&schedule.group))
    }

    /// When something is due next: a fire by its expression, or one that is tried again.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.awake().filter_map(Self::due_of).min()
    }

    /// The schedule that is due first, and when, if one is due at `now`.
    pub(super) fn first_due(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, (String, String))> {
        let due = self.awake().filter_map(|schedule| Some((Self::due_of(schedule)?, schedule)));
        let (at, first) = due.filter(|(at, _)| *at <= now).min_by_key(|(at, _)| *at)?;
        Some((at, first.key()))
    }

    fn due_of(schedule: &Schedule) -> Option<DateTime<Utc>> {
        let planned = schedule.next.map(|next| schedule.due_at(next));
        planned.into_iter().chain(schedule.firings.iter().map(|firing| firing.next_attempt)).min()
    }
}
