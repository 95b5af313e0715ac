//! Time zones: the civil times of a place and the instants they mean.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// A time zone of the IANA database.
#[derive(Debug, Clone)]
pub(in crate::aws) struct Zone(TimeZone);

impl Zone {
    /// The zone of this name; `None` if there is none.
    pub(in crate::aws) fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("UTC") {
            return Some(Self(TimeZone::UTC));
        }
        TimeZone::get(name).ok().map(Self)
    }

    /// What clocks show there at an instant.
    pub(super) fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let offset = jiff::Timestamp::from_second(at.timestamp())
            .map_or(0, |timestamp| self.0.to_offset(timestamp).seconds());
        at.naive_utc() + TimeDelta::seconds(offset.into())
    }

    /// The instant at which clocks show `local` there: the first one where they show it twice, and `None` where they
    /// leap over it.
    pub(super) fn instant(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self.offset(local)? {
            AmbiguousOffset::Unambiguous { offset } => Some(utc(local, offset)),
            AmbiguousOffset::Fold { before, .. } => Some(utc(local, before)),
            AmbiguousOffset::Gap { .. } => None,
        }
    }

    /// As [`Zone::instant`]; what clocks leap over is as much later as they leap.
    pub(super) fn instant_or_after_gap(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self.offset(local)? {
            AmbiguousOffset::Gap { before, .. } => Some(utc(local, before)),
            _ => self.instant(local),
        }
    }

    fn offset(&self, local: NaiveDateTime) -> Option<AmbiguousOffset> {
        // Through the seconds since 1970 that clocks would show without a zone: no field needs to be converted.
        let civil = jiff::Timestamp::from_second(local.and_utc().timestamp()).ok()?;
        Some(self.0.to_ambiguous_timestamp(Offset::UTC.to_datetime(civil)).offset())
    }
}

fn utc(local: NaiveDateTime, offset: Offset) -> DateTime<Utc> {
    (local - TimeDelta::seconds(offset.seconds().into())).and_utc()
}
