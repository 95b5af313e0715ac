//! Schedule expressions: `rate(…)`, `cron(…)` and `at(…)` (Amazon EventBridge Scheduler user guide, "Schedule types on
//! EventBridge Scheduler").

mod cron;
mod field;
mod words;
mod zone;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use self::cron::Cron;
pub(in crate::aws) use self::zone::Zone;

/// When a schedule fires, but for its start and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) enum Expression {
    /// Again and again after as many seconds: days have 24 hours, whatever the time zone does.
    Rate(TimeDelta),
    /// At the times of a time zone that fit.
    Cron(Box<Cron>),
    /// Once, at a time of a time zone.
    At(NaiveDateTime),
}

impl Expression {
    /// Reads an expression; `None` if it is none.
    pub(in crate::aws) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('(')?;
        let inner = rest.strip_suffix(')')?;
        match kind {
            "rate" => rate(inner).map(Self::Rate),
            "cron" => Cron::parse(inner).map(|cron| Self::Cron(Box::new(cron))),
            "at" => NaiveDateTime::parse_from_str(inner, "%Y-%m-%dT%H:%M:%S").ok().map(Self::At),
            _ => None,
        }
    }

    /// Whether it fires no more than once.
    pub(in crate::aws) fn is_once(&self) -> bool {
        matches!(self, Self::At(_))
    }

    /// The first fire after `after`. `anchor` is the first fire of a rate: its start date, or when it was made.
    pub(in crate::aws) fn next(
        &self,
        zone: &Zone,
        anchor: DateTime<Utc>,
        after: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        match self {
            Self::Rate(period) => {
                let period = period.num_milliseconds();
                let past = (after - anchor).num_milliseconds().div_euclid(period) + 1;
                anchor.checked_add_signed(TimeDelta::try_milliseconds(past.max(0).checked_mul(period)?)?)
            }
            Self::Cron(cron) => cron.next(zone, after),
            Self::At(local) => zone.instant_or_after_gap(*local).filter(|at| *at > after),
        }
    }

    /// The last fire after `after` and not after `until`.
    pub(in crate::aws) fn latest(
        &self,
        zone: &Zone,
        anchor: DateTime<Utc>,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let fire = |after| self.next(zone, anchor, after).filter(|at| *at <= until);
        let first = fire(after)?;
        // From ever further back, so that a long absence is not counted through.
        let mut back = TimeDelta::hours(1);
        let mut latest = loop {
            let Some(start) = until.checked_sub_signed(back).filter(|start| *start > first) else {
                break first;
            };
            if let Some(found) = fire(start) {
                break found;
            }
            back = back * 2;
        };
        while let Some(later) = fire(latest) {
            latest = later;
        }
        Some(latest)
    }
}

/// `value unit`: a positive whole number; the unit is singular for 1 and plural for others.
fn rate(text: &str) -> Option<TimeDelta> {
    let mut parts = text.split_whitespace();
    let (value, unit) = (parts.next()?, parts.next()?);
    if parts.next().is_some() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i64 = value.parse().ok().filter(|value| *value > 0)?;
    let seconds = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    TimeDelta::try_seconds(value.checked_mul(seconds)?)
}

#[cfg(test)]
mod tests;
