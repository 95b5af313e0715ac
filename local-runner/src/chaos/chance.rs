//! How often a rule does something: with a probability at each call, or at every so-manieth call.

use std::fmt;

use super::dice;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chance {
    /// In so many of a million calls, 1..=1,000,000.
    Millionths(u32),
    /// Once in every so many calls, at least 1; the seed says at which.
    OneIn(u64),
}

impl Chance {
    /// Every time.
    pub const ALWAYS: Self = Self::Millionths(1_000_000);

    /// Reads `30%`, `0.5%` or `1/20`.
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Some(number) = text.strip_prefix("1/") {
            return number.trim().parse().ok().filter(|number| *number > 0).map(Self::OneIn);
        }
        let number = text.strip_suffix('%')?.trim();
        let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if rest.len() > 4 || !digits(whole) || !digits(rest) || number.len() > 8 || whole.is_empty() {
            return None;
        }
        let millionths: u32 = format!("{whole}{rest:0<4}").parse().ok()?;
        (1..=1_000_000).contains(&millionths).then_some(Self::Millionths(millionths))
    }

    /// Whether it is so at the call with this number, counted from 0.
    pub(super) fn hits(self, seed: u64, sequence: &str, call: u64) -> bool {
        match self {
            Self::Millionths(millionths) => {
                dice::below(dice::draw(seed, sequence, call), 1_000_000) < u64::from(millionths)
            }
            Self::OneIn(number) => {
                let first = dice::below(dice::draw(seed, sequence, 0), number);
                call % number == first
            }
        }
    }
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneIn(number) => write!(f, "1/{number}"),
            Self::Millionths(millionths) => {
                let (whole, rest) = (millionths / 10_000, format!("{:04}", millionths % 10_000));
                match rest.trim_end_matches('0') {
                    "" => write!(f, "{whole}%"),
                    rest => write!(f, "{whole}.{rest}%"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in ["30%", "100%", "0.5%", "12.0625%", "1/20", "1/1"] {
            assert_eq!(Chance::read(text).unwrap().to_string(), text);
        }
        for wrong in ["", "%", "0%", "101%", "30", "-1%", "1/0", "2/3", "1.23456%", "1e1%", "+5%"] {
            assert_eq!(Chance::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_probability_is_kept_over_many_calls() {
        let hits = |chance: Chance| (0..10_000).filter(|call| chance.hits(3, "x", *call)).count();
        assert!((2_700..3_300).contains(&hits(Chance::read("30%").unwrap())));
        assert_eq!(hits(Chance::ALWAYS), 10_000);
        assert_eq!(hits(Chance::OneIn(20)), 500);
        let first = (0..10_000).filter(|seed| Chance::Millionths(300_000).hits(*seed, "x", 0)).count();
        assert!((2_700..3_300).contains(&first), "also over the seeds: {first}");
    }
}
