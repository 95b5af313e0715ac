//! Cron expressions of six fields: minutes, hours, day of month, month, day of week, year. Names count in any case; the
//! week begins with Sunday, which is 1. Clocks set forward skip what falls into the gap, clocks set back repeat nothing
//! (user guide, "Daylight savings time on EventBridge Scheduler").

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};

use super::field::{DAYS, HOURS, MINUTES, MONTHS, Values, WEEKDAYS, YEARS};
use super::zone::Zone;

/// A cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Cron {
    pub(super) minutes: Values,
    pub(super) hours: Values,
    pub(super) day: Day,
    pub(super) months: Values,
    pub(super) years: Values,
}

/// Which days of a month: of the two fields for it one is `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Day {
    OfMonth(Values),
    /// `L`.
    Last,
    /// `15W`: the weekday nearest to a day, within its month.
    NearestWeekday(u32),
    /// `LW`.
    LastWeekday,
    OfWeek(Values),
    /// `6L`: the last of a weekday (1 is Sunday).
    LastOfWeek(u32),
    /// `3#2`: the n-th of a weekday.
    NthOfWeek(u32, u32),
}

impl Cron {
    /// Reads the six fields; `None` if they are no expression.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, of_month, months, of_week, years] = fields[..] else { return None };
        let day = match (of_month, of_week) {
            ("?", "?") => return None,
            (of_month, "?") => Day::of_month(of_month)?,
            ("?", of_week) => Day::of_week(of_week)?,
            _ => return None,
        };
        Some(Self {
            minutes: Values::parse(minutes, &MINUTES)?,
            hours: Values::parse(hours, &HOURS)?,
            day,
            months: Values::parse(months, &MONTHS)?,
            years: Values::parse(years, &YEARS)?,
        })
    }

    /// The first time after `after` that fits; `None` when the years run out.
    pub(super) fn next(&self, zone: &Zone, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = zone.local(after);
        // No place has set its clocks back by more: nothing earlier on that day can come after `after`.
        let mut from = local.checked_sub_signed(TimeDelta::hours(3))?;
        loop {
            let date = self.next_day(from.date())?;
            if date > from.date() {
                from = date.and_time(NaiveTime::MIN);
            }
            if let Some(found) = self.times(from).filter_map(|at| zone.instant(at)).find(|at| *at > after) {
                return Some(found);
            }
            from = date.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN);
        }
    }

    /// The first day, not before `from`, that fits.
    fn next_day(&self, from: NaiveDate) -> Option<NaiveDate> {
        let mut date = from;
        loop {
            let year = u32::try_from(date.year()).ok().filter(|year| *year <= self.years.last())?;
            if !self.years.has(year) {
                date = NaiveDate::from_ymd_opt(date.year() + 1, 1, 1)?;
            } else if !self.months.has(date.month()) {
                date = first_of_next_month(date)?;
            } else if self.day.fits(date) {
                return Some(date);
            } else {
                date = date.succ_opt()?;
            }
        }
    }

    /// The times of one day from `from` on that fit, in order.
    fn times(&self, from: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        let date = from.date();
        let hours = self.hours.iter();
        hours
            .flat_map(move |hour| self.minutes.iter().map(move |minute| (hour, minute)))
            .filter_map(move |(hour, minute)| date.and_hms_opt(hour, minute, 0))
            .filter(move |at| *at >= from)
    }
}

impl Day {
    fn of_month(text: &str) -> Option<Self> {
        match text {
            "L" => Some(Self::Last),
            "LW" => Some(Self::LastWeekday),
            _ => match text.strip_suffix('W') {
                Some(day) => DAYS.value(day).map(|day| Self::NearestWeekday(day.into())),
                None => Values::parse(text, &DAYS).map(Self::OfMonth),
            },
        }
    }

    fn of_week(text: &str) -> Option<Self> {
        if text == "L" {
            // The last day of the week.
            return Values::parse("SAT", &WEEKDAYS).map(Self::OfWeek);
        }
        if let Some(weekday) = text.strip_suffix('L') {
            return WEEKDAYS.value(weekday).map(|weekday| Self::LastOfWeek(weekday.into()));
        }
        match text.split_once('#') {
            Some((weekday, n)) => {
                let n = n.parse().ok().filter(|n| (1..=5).contains(n))?;
                Some(Self::NthOfWeek(WEEKDAYS.value(weekday)?.into(), n))
            }
            None => Values::parse(text, &WEEKDAYS).map(Self::OfWeek),
        }
    }

    fn fits(&self, date: NaiveDate) -> bool {
        let weekday = date.weekday().number_from_sunday();
        match self {
            Self::OfMonth(days) => days.has(date.day()),
            Self::Last => date.day() == last_day(date),
            Self::NearestWeekday(day) => nearest_weekday(date, *day) == Some(date),
            Self::LastWeekday => nearest_weekday(date, last_day(date)) == Some(date),
            Self::OfWeek(weekdays) => weekdays.has(weekday),
            Self::LastOfWeek(wanted) => weekday == *wanted && date.day() + 7 > last_day(date),
            Self::NthOfWeek(wanted, n) => weekday == *wanted && date.day().div_ceil(7) == *n,
        }
    }
}

/// The weekday nearest to `day` in the month of `date`, without leaving it; `None` if it has no such day.
fn nearest_weekday(date: NaiveDate, day: u32) -> Option<NaiveDate> {
    let date = date.with_day(day)?;
    match date.weekday() {
        Weekday::Sat if day == 1 => date.with_day(3),
        Weekday::Sat => date.pred_opt(),
        Weekday::Sun if day == last_day(date) => date.with_day(day - 2),
        Weekday::Sun => date.succ_opt(),
        _ => Some(date),
    }
}

fn last_day(date: NaiveDate) -> u32 {
    first_of_next_month(date).and_then(|next| next.pred_opt()).map_or(31, |last| last.day())
}

fn first_of_next_month(date: NaiveDate) -> Option<NaiveDate> {
    match date.month() {
        12 => NaiveDate::from_ymd_opt(date.year() + 1, 1, 1),
        month => NaiveDate::from_ymd_opt(date.year(), month + 1, 1),
    }
}
