//! Times as people type and read them: `10m` ago, `2026-12-24 18:00` here, `18:00:05`.

use chrono::{DateTime, Local, NaiveDateTime, TimeDelta, TimeZone, Utc};

/// `30s`, `10m`, `2h`, `1d`, `1w`.
pub(crate) fn span(text: &str) -> Option<TimeDelta> {
    let (at, _) = text.char_indices().last()?;
    let (number, unit) = text.split_at(at);
    let number: i64 = number.parse().ok().filter(|number| *number >= 0)?;
    match unit {
        "s" => TimeDelta::try_seconds(number),
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        "w" => TimeDelta::try_weeks(number),
        _ => None,
    }
}

/// RFC 3339, or date and time of this machine's zone.
pub(crate) fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Local.from_local_datetime(&time).earliest().map(|local| local.to_utc())
}

/// In this machine's zone; with the date unless it is `now`'s.
pub(crate) fn clock(text: &str, now: DateTime<Utc>) -> String {
    let Ok(time) = DateTime::parse_from_rfc3339(text) else { return text.to_owned() };
    let (time, now) = (time.with_timezone(&Local), now.with_timezone(&Local));
    let form = if time.date_naive() == now.date_naive() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    time.format(form).to_string()
}

/// For a query: `+` would be a space there.
pub(crate) fn in_query(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_moments_are_read_as_people_write_them() {
        assert_eq!(span("90s"), Some(TimeDelta::seconds(90)));
        assert_eq!(span("1d"), Some(TimeDelta::days(1)));
        for wrong in ["", "d", "-1d", "1y", "1 d", "ü"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
        let moments = ["2026-12-24T18:00:00Z", "2026-12-24T19:00:00+01:00"].map(moment);
        assert!(moments[0].is_some() && moments[0] == moments[1]);
        assert!(moment("2026-12-24 18:00").is_some() && moment("tomorrow").is_none());
        assert_eq!(in_query(DateTime::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
