//! One field of a cron expression as the set of its values.

/// The values a field may have, and their names.
pub(super) struct Kind {
    pub(super) least: u16,
    pub(super) most: u16,
    /// Names of the values from `least` on.
    pub(super) names: &'static [&'static str],
}

pub(super) const MINUTES: Kind = Kind { least: 0, most: 59, names: &[] };
pub(super) const HOURS: Kind = Kind { least: 0, most: 23, names: &[] };
pub(super) const DAYS: Kind = Kind { least: 1, most: 31, names: &[] };
pub(super) const MONTHS: Kind = Kind {
    least: 1,
    most: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
pub(super) const WEEKDAYS: Kind =
    Kind { least: 1, most: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };
pub(super) const YEARS: Kind = Kind { least: 1970, most: 2199, names: &[] };

/// A set of values, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values(Vec<u16>);

impl Values {
    /// Reads a list of `*`, `a`, `a-b` and `a/n`, `a-b/n`, `*/n`, where a value may have a name.
    pub(super) fn parse(text: &str, kind: &Kind) -> Option<Self> {
        let mut values = Vec::new();
        for part in text.split(',') {
            values.extend(kind.range(part)?);
        }
        values.sort_unstable();
        values.dedup();
        (!values.is_empty()).then_some(Self(values))
    }

    pub(super) fn has(&self, value: u32) -> bool {
        u16::try_from(value).is_ok_and(|value| self.0.binary_search(&value).is_ok())
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + Clone {
        self.0.iter().map(|value| u32::from(*value))
    }

    pub(super) fn is_all(&self, kind: &Kind) -> bool {
        self.0.len() == usize::from(kind.most - kind.least) + 1
    }

    pub(super) fn last(&self) -> u32 {
        self.0.last().copied().map_or(0, u32::from)
    }
}

impl Kind {
    /// A single value, by number or by name.
    pub(super) fn value(&self, text: &str) -> Option<u16> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().filter(|value| (self.least..=self.most).contains(value));
        }
        let at = self.names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
        Some(self.least + u16::try_from(at).ok()?)
    }

    fn range(&self, part: &str) -> Option<Vec<u16>> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None if range == "*" => (self.least, self.most),
            // With a step, a single value is where the steps begin.
            None => (self.value(range)?, if step.is_some() { self.most } else { self.value(range)? }),
        };
        let step = usize::from(step.unwrap_or(1));
        if from <= to {
            return Some((from..=to).step_by(step).collect());
        }
        // FRI-MON and 22-2 go around the end; years have none to go around.
        (self.most < 100).then(|| (from..=self.most).chain(self.least..=to).step_by(step).collect())
    }

    fn step(&self, text: &str) -> Option<u16> {
        text.parse().ok().filter(|step| (1..=self.most).contains(step))
    }
}
