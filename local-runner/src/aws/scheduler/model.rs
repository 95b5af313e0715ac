//! What a schedule is, in the members of the EventBridge Scheduler API reference, and what has become of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::expression::{Expression, Zone};

/// What CreateSchedule and UpdateSchedule say, and GetSchedule repeats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Definition {
    pub(super) schedule_expression: String,
    #[serde(default = "utc")]
    pub(super) schedule_expression_timezone: String,
    /// Seconds since 1970, as [`Definition::end_date`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) start_date: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end_date: Option<f64>,
    pub(super) flexible_time_window: FlexibleTimeWindow,
    pub(super) target: Target,
    #[serde(default)]
    pub(super) state: Switch,
    #[serde(default)]
    pub(super) action_after_completion: AfterCompletion,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kms_key_arn: Option<String>,
}

impl Definition {
    /// A schedule whose rate is counted from 1970, so that it fires at the same times on every machine.
    pub(super) fn aligned(expression: String, target: Target) -> Self {
        Self {
            schedule_expression: expression,
            schedule_expression_timezone: utc(),
            start_date: Some(0.0),
            end_date: None,
            flexible_time_window: FlexibleTimeWindow {
                mode: WindowMode::Off,
                maximum_window_in_minutes: None,
            },
            target,
            state: Switch::Enabled,
            action_after_completion: AfterCompletion::None,
            description: None,
            kms_key_arn: None,
        }
    }
}

fn utc() -> String {
    "UTC".into()
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Switch {
    #[default]
    Enabled,
    Disabled,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum AfterCompletion {
    #[default]
    None,
    Delete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum WindowMode {
    Off,
    Flexible,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FlexibleTimeWindow {
    pub(super) mode: WindowMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) maximum_window_in_minutes: Option<i64>,
}

/// What is called. Members for services that are not here are kept, so that they are told again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Target {
    pub(crate) arn: String,
    pub(crate) role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dead_letter_config: Option<DeadLetterConfig>,
    #[serde(default)]
    pub(crate) retry_policy: RetryPolicy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sqs_parameters: Option<SqsParameters>,
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeadLetterConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arn: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SqsParameters {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message_group_id: Option<String>,
}

/// The user guide's defaults: for a day, 185 times at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RetryPolicy {
    pub(crate) maximum_event_age_in_seconds: i64,
    pub(crate) maximum_retry_attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { maximum_event_age_in_seconds: 86_400, maximum_retry_attempts: 185 }
    }
}

/// A fire that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Firing {
    /// The time that the expression told.
    pub(super) planned: DateTime<Utc>,
    pub(super) execution_id: String,
    /// How often it was tried.
    pub(super) attempts: u32,
    pub(super) first_attempt: DateTime<Utc>,
    pub(super) next_attempt: DateTime<Utc>,
}

/// A schedule: what it says, and how far it has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Schedule {
    pub(super) group: String,
    pub(super) name: String,
    pub(super) definition: Definition,
    pub(super) created: DateTime<Utc>,
    pub(super) modified: DateTime<Utc>,
    /// Of the request that made it.
    pub(super) client_token: Option<String>,
    /// All fires up to here are dealt with.
    pub(super) fired_until: DateTime<Utc>,
    /// The latest fire.
    pub(super) last_fire: Option<DateTime<Utc>>,
    /// Fires that have failed and are tried again.
    pub(super) firings: Vec<Firing>,
    /// When it fires next by its expression; kept so that not every look computes it.
    #[serde(skip)]
    pub(super) next: Option<DateTime<Utc>>,
}

impl Schedule {
    /// The names that it is found by.
    pub(super) fn key(&self) -> (String, String) {
        (self.group.clone(), self.name.clone())
    }

    pub(super) fn arn(&self) -> String {
        super::arn(&self.group, &self.name)
    }

    /// Brings [`Schedule::next`] up to date.
    pub(super) fn refresh(&mut self) {
        self.next = match self.definition.state {
            Switch::Enabled => self.fire_after(self.fired_until),
            Switch::Disabled => None,
        };
    }

    /// The next times that it fires, should nothing be changed.
    pub(super) fn next_fires(&self, count: usize) -> Vec<DateTime<Utc>> {
        std::iter::successors(self.next, |at| self.fire_after(*at)).take(count).collect()
    }

    fn plan(&self) -> Option<(Expression, Zone)> {
        // Both were read when the schedule was made.
        let expression = Expression::parse(&self.definition.schedule_expression)?;
        Some((expression, Zone::named(&self.definition.schedule_expression_timezone)?))
    }

    pub(super) fn words(&self) -> String {
        self.plan().map(|(expression, _)| expression.in_words()).unwrap_or_default()
    }

    fn fire_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (expression, zone) = self.plan()?;
        let (start, end) = self.bounds(&expression);
        let from = start.map_or(after, |start| after.max(start - TimeDelta::seconds(1)));
        expression
            .next(&zone, start.unwrap_or(self.created), from)
            .filter(|at| end.is_none_or(|end| *at <= end))
    }

    /// The last fire up to `now` that is not dealt with, if it is due: a span that was missed fires once.
    pub(super) fn due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.next.filter(|next| self.due_at(*next) <= now)?;
        let (expression, zone) = self.plan()?;
        let (start, end) = self.bounds(&expression);
        let until = end.map_or(now, |end| end.min(now));
        let latest =
            expression.latest(&zone, start.unwrap_or(self.created), next - TimeDelta::seconds(1), until);
        Some(latest.filter(|latest| self.due_at(*latest) <= now).unwrap_or(next))
    }

    /// One-time schedules have neither start nor end (API reference, CreateSchedule).
    fn bounds(&self, expression: &Expression) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let time = |seconds: Option<f64>| seconds.filter(|_| !expression.is_once()).and_then(instant);
        (time(self.definition.start_date), time(self.definition.end_date))
    }

    /// When a fire is carried out: anywhere in its flexible window, and after a restart at the same place of it.
    pub(super) fn due_at(&self, planned: DateTime<Utc>) -> DateTime<Utc> {
        let window = &self.definition.flexible_time_window;
        let seconds = match window.mode {
            WindowMode::Off => return planned,
            WindowMode::Flexible => window.maximum_window_in_minutes.unwrap_or(0) * 60,
        };
        let place = crc32fast::hash(format!("{}{}", self.arn(), planned.timestamp()).as_bytes());
        planned + TimeDelta::seconds(i64::from(place) % seconds.max(1))
    }
}

/// A time in the API's seconds.
pub(super) fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    let ms = (seconds * 1000.0).round();
    #[allow(clippy::cast_possible_truncation, reason = "checked to be far from the limits")]
    (ms.abs() < 1e15).then(|| DateTime::from_timestamp_millis(ms as i64)).flatten()
}

/// The API's seconds of a time.
pub(super) fn seconds(at: DateTime<Utc>) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "exact for 200,000 years")]
    let ms = at.timestamp_millis() as f64;
    ms / 1000.0
}

/// A group of schedules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) created: DateTime<Utc>,
    pub(super) client_token: Option<String>,
    pub(super) tags: std::collections::BTreeMap<String, String>,
}
