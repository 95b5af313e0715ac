//! An expression in words, for a person who wants to know whether it says what was meant.

use chrono::TimeDelta;

use super::Expression;
use super::cron::{Cron, Day};
use super::field::{HOURS, MINUTES, MONTHS, Values, YEARS};

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const NTH: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
/// More times of day than these are not listed.
const MOST_TIMES: usize = 6;

impl Expression {
    /// For example `every 5 minutes` or `at 08:30, on Monday to Friday`.
    pub(in crate::aws) fn in_words(&self) -> String {
        match self {
            Self::Rate(period) => every(*period),
            Self::Cron(cron) => cron.in_words(),
            Self::At(at) => format!("once, at {}", at.format("%Y-%m-%d %H:%M:%S")),
        }
    }
}

fn every(period: TimeDelta) -> String {
    let minutes = period.num_minutes();
    let (count, unit) = match minutes {
        n if n % 1440 == 0 => (n / 1440, "day"),
        n if n % 60 == 0 => (n / 60, "hour"),
        n => (n, "minute"),
    };
    if count == 1 { format!("every {unit}") } else { format!("every {count} {unit}s") }
}

impl Cron {
    fn in_words(&self) -> String {
        let mut words = vec![self.times_in_words()];
        words.extend(self.day.in_words());
        if !self.months.is_all(&MONTHS) {
            let name =
                |month: u32| MONTHS.names.get(month as usize - 1).copied().unwrap_or_default().to_owned();
            words.push(format!("in {}", list(self.months.iter().map(name))));
        }
        if !self.years.is_all(&YEARS) {
            words.push(format!("in {}", list(runs(&self.years))));
        }
        words.join(", ")
    }

    fn times_in_words(&self) -> String {
        let minutes: Vec<u32> = self.minutes.iter().collect();
        let hours = || list(runs(&self.hours));
        match (self.minutes.is_all(&MINUTES), self.hours.is_all(&HOURS)) {
            (true, true) => return "every minute".into(),
            (true, false) => return format!("every minute of the hours {}", hours()),
            _ => {}
        }
        let steady =
            minutes.windows(2).map(|pair| pair[1] - pair[0]).collect::<std::collections::BTreeSet<_>>();
        let step =
            steady.first().copied().filter(|step| steady.len() == 1 && 60 % step == 0 && minutes[0] == 0);
        let at = match step.filter(|step| minutes.len() as u32 * step == 60) {
            Some(step) => format!("every {step} minutes"),
            None => format!("at minute {}", list(minutes.iter().map(u32::to_string))),
        };
        if self.hours.is_all(&HOURS) {
            return format!("{at} of every hour").replace("minutes of every hour", "minutes");
        }
        if minutes.len() * self.hours.iter().count() > MOST_TIMES {
            return format!("{at} of the hours {}", hours());
        }
        let times = self.hours.iter().flat_map(|h| minutes.iter().map(move |m| format!("{h:02}:{m:02}")));
        format!("at {}", list(times))
    }
}

impl Day {
    fn in_words(&self) -> Option<String> {
        let weekday = |n: u32| WEEKDAYS.get(n as usize - 1).copied().unwrap_or_default();
        Some(match self {
            Self::OfMonth(days) if days.iter().count() == 31 => return None,
            Self::OfWeek(days) if days.iter().count() == 7 => return None,
            Self::OfMonth(days) => format!("on day {} of the month", list(runs(days))),
            Self::Last => "on the last day of the month".into(),
            Self::LastWeekday => "on the last weekday of the month".into(),
            Self::NearestWeekday(day) => format!("on the weekday nearest to day {day} of the month"),
            Self::OfWeek(days) => format!("on {}", list(days.iter().map(|day| weekday(day).to_owned()))),
            Self::LastOfWeek(day) => format!("on the last {} of the month", weekday(*day)),
            Self::NthOfWeek(day, n) => {
                let nth = NTH.get(*n as usize - 1).copied().unwrap_or_default();
                format!("on the {nth} {} of the month", weekday(*day))
            }
        })
    }
}

/// `1, 2 and 5`.
fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => items.concat(),
    }
}

/// Values that follow each other as `from-to`.
fn runs(values: &Values) -> Vec<String> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for value in values.iter() {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == value => *to = value,
            _ => runs.push((value, value)),
        }
    }
    let text = |(from, to)| if from == to { format!("{from}") } else { format!("{from}-{to}") };
    runs.into_iter().map(text).collect()
}
