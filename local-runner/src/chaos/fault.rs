//! What can be made to go wrong.

use std::{fmt, time::Duration};

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It takes so much longer.
    Latency(Duration),
    /// It fails, and nothing is done: 502 of a route, 500 of a service, 451 of mail.
    Error,
    /// A service says that there is too much to do, and does nothing.
    Throttle,
    /// It is done, and the caller is told that it failed.
    Lost,
    /// No answer comes within the function's time-out, or this time.
    Timeout(Option<Duration>),
    /// The function's process is killed.
    Crash(Crash),
    /// It happens twice.
    Duplicate,
    /// A later one overtakes it, if one comes within this time.
    Reorder(Duration),
    /// The connections of the function that runs are closed by the server, so long after it was invoked.
    Terminate(Option<Duration>),
}

/// When a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// One of the two that follow, by the dice.
    Either,
    /// As soon as it has the event.
    Before,
    /// When it has answered; nobody gets the answer.
    After,
    /// So long after it got the event, unless it has answered by then.
    Within(Duration),
}

/// Faults by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Fault::Latency`]
    Latency,
    /// [`Fault::Error`]
    Error,
    /// [`Fault::Throttle`]
    Throttle,
    /// [`Fault::Lost`]
    Lost,
    /// [`Fault::Timeout`]
    Timeout,
    /// [`Fault::Crash`]
    Crash,
    /// [`Fault::Duplicate`]
    Duplicate,
    /// [`Fault::Reorder`]
    Reorder,
    /// [`Fault::Terminate`]
    Terminate,
}

/// How long the later one is waited for, unless a rule says.
const OVERTAKEN_WITHIN: Duration = Duration::from_millis(500);
/// The longest time that a rule may name.
const LONGEST: Duration = Duration::from_secs(600);

impl Kind {
    /// As rules name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Error => "error",
            Self::Throttle => "throttle",
            Self::Lost => "lost",
            Self::Timeout => "timeout",
            Self::Crash => "crash",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Terminate => "terminate",
        }
    }

    /// The fault with what stood after `=`.
    ///
    /// # Errors
    /// What may stand there.
    pub(super) fn with(self, value: Option<&str>) -> Result<Fault, &'static str> {
        let time = value.map(|value| duration(value).ok_or("a time like 200ms or 1.5s, 600s at most"));
        match (self, value) {
            (Self::Latency, None) => Err("a time: write latency=200ms"),
            (Self::Latency, Some(_)) => time.transpose().map(|time| Fault::Latency(time.unwrap_or_default())),
            (Self::Timeout, _) => time.transpose().map(Fault::Timeout),
            (Self::Terminate, _) => time.transpose().map(Fault::Terminate),
            (Self::Reorder, _) => {
                time.transpose().map(|time| Fault::Reorder(time.unwrap_or(OVERTAKEN_WITHIN)))
            }
            (Self::Crash, None) => Ok(Fault::Crash(Crash::Either)),
            (Self::Crash, Some("before")) => Ok(Fault::Crash(Crash::Before)),
            (Self::Crash, Some("after")) => Ok(Fault::Crash(Crash::After)),
            (Self::Crash, Some(value)) => {
                let time = duration(value).ok_or("before, after, or a time like 200ms")?;
                Ok(Fault::Crash(Crash::Within(time)))
            }
            (_, Some(_)) => Err("nothing"),
            (Self::Error, None) => Ok(Fault::Error),
            (Self::Throttle, None) => Ok(Fault::Throttle),
            (Self::Lost, None) => Ok(Fault::Lost),
            (Self::Duplicate, None) => Ok(Fault::Duplicate),
        }
    }
}

impl Fault {
    /// Its kind.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Latency(_) => Kind::Latency,
            Self::Error => Kind::Error,
            Self::Throttle => Kind::Throttle,
            Self::Lost => Kind::Lost,
            Self::Timeout(_) => Kind::Timeout,
            Self::Crash(_) => Kind::Crash,
            Self::Duplicate => Kind::Duplicate,
            Self::Reorder(_) => Kind::Reorder,
            Self::Terminate(_) => Kind::Terminate,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().name())?;
        match self {
            Self::Latency(time)
            | Self::Timeout(Some(time))
            | Self::Terminate(Some(time))
            | Self::Crash(Crash::Within(time)) => write!(f, "={}", Shown(*time)),
            Self::Reorder(time) if *time != OVERTAKEN_WITHIN => write!(f, "={}", Shown(*time)),
            Self::Crash(Crash::Before) => f.write_str("=before"),
            Self::Crash(Crash::After) => f.write_str("=after"),
            _ => Ok(()),
        }
    }
}

/// A time as rules write it.
pub(super) struct Shown(pub(super) Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            ms if ms >= 1_000 && ms % 1_000 == 0 => write!(f, "{}s", ms / 1_000),
            ms => write!(f, "{ms}ms"),
        }
    }
}

/// `200ms`, `2s`, `1.5s`: to the millisecond.
fn duration(text: &str) -> Option<Duration> {
    let (number, scale) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s')?, 1_000),
    };
    let plain = number.len() <= 9 && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = number.parse().ok().filter(|_| plain)?;
    let time = Duration::from_secs_f64(number * f64::from(scale) / 1_000.0);
    let time = Duration::from_millis(u64::try_from(time.as_millis()).ok()?);
    (time > Duration::ZERO && time <= LONGEST).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        let ms = |text| duration(text).map(|time| time.as_millis());
        assert_eq!(
            ["200ms", "2s", "1.5s", "600s"].map(ms),
            [Some(200), Some(2_000), Some(1_500), Some(600_000)]
        );
        for wrong in ["", "200", "ms", "0ms", "-1s", "601s", "1m", "1e3ms", "infs", "1..2s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn faults_are_written_as_they_are_read() {
        for (kind, value) in [
            (Kind::Latency, Some("200ms")),
            (Kind::Crash, None),
            (Kind::Crash, Some("after")),
            (Kind::Crash, Some("1500ms")),
            (Kind::Timeout, Some("2s")),
            (Kind::Reorder, None),
        ] {
            let text = value.map_or(kind.name().to_owned(), |value| format!("{}={value}", kind.name()));
            assert_eq!(kind.with(value).unwrap().to_string(), text);
        }
        assert!(Kind::Latency.with(None).is_err() && Kind::Error.with(Some("1s")).is_err());
    }
}
