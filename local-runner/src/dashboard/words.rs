//! Times, durations and sizes as a person reads them.

use std::time::Duration;

use chrono::{DateTime, Local, SecondsFormat, TimeDelta, Utc};
use maud::{Markup, html};

/// `0.4 ms`, `312 ms`, `4.2 s`, `3 min 20 s`.
pub(super) fn took(duration: Duration) -> String {
    match duration.as_secs_f64() * 1000.0 {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 60_000.0 => format!("{:.1} s", ms / 1000.0),
        _ => span(duration.as_secs()),
    }
}

/// Two units at most: `45 s`, `3 min 20 s`, `2 h 5 min`, `4 days 2 h`.
pub(super) fn span(seconds: u64) -> String {
    let two = |large: u64, name: &str, small: u64, unit: &str| {
        if small == 0 { format!("{large} {name}") } else { format!("{large} {name} {small} {unit}") }
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(
            seconds / 86_400,
            if seconds < 172_800 { "day" } else { "days" },
            seconds % 86_400 / 3_600,
            "h",
        ),
    }
}

/// A path, which breaks between its segments where a line ends.
pub(super) fn path(path: &str) -> Markup {
    html! {
        span.path {
            @for (at, segment) in path.split_inclusive('/').enumerate() { @if at > 1 { wbr; } (segment) }
        }
    }
}

/// How long ago, or in how long.
pub(super) fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = |delta: TimeDelta| u64::try_from(delta.num_seconds()).unwrap_or(0);
    match now - at {
        past if past < TimeDelta::zero() => format!("in {}", span(seconds(-past).max(1))),
        past if past < TimeDelta::seconds(2) => "just now".to_owned(),
        past => format!("{} ago", coarse(seconds(past))),
    }
}

/// One unit: what was long ago need not be told to the second.
fn coarse(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The time of day here, with the whole time for who points at it. Another day is named.
pub(super) fn clock(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    time_of_day(at, now, "%H:%M:%S%.3f")
}

/// The same to the second: for times that are planned.
pub(super) fn second(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    time_of_day(at, now, "%H:%M:%S")
}

fn time_of_day(at: DateTime<Utc>, now: DateTime<Utc>, format: &str) -> Markup {
    let local = at.with_timezone(&Local);
    let same_day = local.date_naive() == now.with_timezone(&Local).date_naive();
    stamped(at, &local.format(if same_day { format } else { "%d %b %H:%M:%S" }).to_string())
}

/// Date and time here.
pub(super) fn date(at: DateTime<Utc>) -> Markup {
    stamped(at, &at.with_timezone(&Local).format("%a %d %b %Y, %H:%M:%S").to_string())
}

/// How long ago, with the whole time for who points at it.
pub(super) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    stamped(at, &relative(at, now))
}

fn stamped(at: DateTime<Utc>, shown: &str) -> Markup {
    let whole = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    html! { time datetime=(whole) title=(whole) { (shown) } }
}

/// `812 B`, `4.2 kB`, `31 MB`.
pub(super) fn bytes(count: u64) -> String {
    let scaled = |unit: f64, name: &str| {
        let value = count as f64 / unit;
        if value < 10.0 { format!("{value:.1} {name}") } else { format!("{value:.0} {name}") }
    };
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => scaled(1e3, "kB"),
        1_000_000..1_000_000_000 => scaled(1e6, "MB"),
        _ => scaled(1e9, "GB"),
    }
}

/// An address's part, escaped (RFC 3986): everything but unreserved characters.
pub(super) fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        let shown = [45, 60, 200, 7_500, 3_600, 90_000, 360_000].map(span);
        assert_eq!(shown, ["45 s", "1 min", "3 min 20 s", "2 h 5 min", "1 h", "1 day 1 h", "4 days 4 h"]);
        assert_eq!(took(Duration::from_micros(420)), "0.4 ms");
        assert_eq!(took(Duration::from_millis(1_234)), "1.2 s");
    }

    #[test]
    fn past_and_future_read_differently() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let seen = [-90, 1, 30, 200_000].map(|ago| relative(now - TimeDelta::seconds(ago), now));
        assert_eq!(seen, ["in 1 min 30 s", "just now", "30 s ago", "2 days ago"]);
    }

    #[test]
    fn sizes_and_addresses() {
        assert_eq!([812, 4_200, 31_000_000].map(bytes), ["812 B", "4.2 kB", "31 MB"]);
        assert_eq!(escaped("a/b ü?"), "a%2Fb%20%C3%BC%3F");
    }
}
