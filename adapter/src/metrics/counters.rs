//! What is counted about one function: atomics only, for it is done with every request.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use crate::{function::Failure, memory, observer::ProcessChange};

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, number: u64) {
        self.0.fetch_add(number, Relaxed);
    }

    pub(super) fn value(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A family of counters that differ in one label.
#[derive(Debug)]
pub(super) struct Labelled {
    labels: &'static [&'static str],
    counters: Box<[Counter]>,
}

impl Labelled {
    fn new(labels: &'static [&'static str]) -> Self {
        Self { labels, counters: labels.iter().map(|_| Counter::default()).collect() }
    }

    /// What is none of the labels counts as the last one.
    pub(super) fn add(&self, label: &str) {
        let place = self.labels.iter().position(|l| *l == label).unwrap_or(self.labels.len() - 1);
        self.counters[place].add(1);
    }

    pub(super) fn values(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.labels.iter().copied().zip(self.counters.iter().map(Counter::value))
    }
}

/// Upper bounds in seconds.
pub(super) const BOUNDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How long something took.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    /// The last one is for what is above all bounds.
    buckets: [Counter; BOUNDS.len() + 1],
    microseconds: Counter,
}

impl Histogram {
    pub(super) fn observe(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let place = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[place].add(1);
        self.microseconds.add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    /// How many there were up to each bound, the last without one.
    pub(super) fn cumulated(&self) -> impl Iterator<Item = u64> {
        self.buckets.iter().scan(0, |sum, bucket| {
            *sum += bucket.value();
            Some(*sum)
        })
    }

    pub(super) fn seconds(&self) -> f64 {
        Duration::from_micros(self.microseconds.value()).as_secs_f64()
    }
}

const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Answers by the class of their status.
#[derive(Debug)]
pub(super) struct Requests {
    pub(super) by_status: Labelled,
    pub(super) duration: Histogram,
}

impl Default for Requests {
    fn default() -> Self {
        Self { by_status: Labelled::new(&STATUSES), duration: Histogram::default() }
    }
}

impl Requests {
    pub(super) fn answered(&self, status: u16, duration: Duration) {
        let class = usize::from(status / 100).saturating_sub(1);
        self.by_status.add(STATUSES.get(class).copied().unwrap_or("5xx"));
        self.duration.observe(duration);
    }
}

/// All that is counted about a function.
#[derive(Debug)]
pub(super) struct OfFunction {
    pub(super) requests: Requests,
    pub(super) invocations: Labelled,
    pub(super) failures: Labelled,
    pub(super) starts: Counter,
    pub(super) restarts: Counter,
    pub(super) start_duration: Histogram,
    pub(super) ends: Labelled,
    pub(super) kills: Labelled,
    /// Ends that nobody wanted and that no start has made up for yet.
    losses: Counter,
}

impl Default for OfFunction {
    fn default() -> Self {
        Self {
            requests: Requests::default(),
            invocations: Labelled::new(&["http", "queue", "message", "direct", "repeated"]),
            failures: Labelled::new(&[
                "reported",
                "crashed",
                "unanswered",
                "timed_out",
                "broke_off",
                "answer_too_large",
                "cannot_start",
                "queue_full",
                "queued_too_long",
                "disturbed",
                "shutting_down",
                "other",
            ]),
            starts: Counter::default(),
            restarts: Counter::default(),
            start_duration: Histogram::default(),
            ends: Labelled::new(&["stopped", "by_itself", "start_failed"]),
            kills: Labelled::new(&[
                "memory",
                "deadline",
                "no_poll",
                "init_error",
                "ignored_sigterm",
                "shutdown",
                "other",
            ]),
            losses: Counter::default(),
        }
    }
}

impl OfFunction {
    pub(super) fn failed(&self, failure: &Failure) {
        self.failures.add(match failure {
            Failure::Reported { .. } => "reported",
            Failure::Crashed { .. } => "crashed",
            Failure::Unanswered => "unanswered",
            Failure::TimedOut { .. } => "timed_out",
            Failure::BrokeOff { .. } => "broke_off",
            Failure::AnswerTooLarge { .. } => "answer_too_large",
            Failure::CannotStart { .. } => "cannot_start",
            Failure::QueueFull { .. } => "queue_full",
            Failure::QueuedTooLong { .. } => "queued_too_long",
            Failure::Disturbed { .. } => "disturbed",
            Failure::ShuttingDown => "shutting_down",
        });
    }

    pub(super) fn process(&self, change: &ProcessChange<'_>) {
        match change {
            ProcessChange::Started => {
                self.starts.add(1);
                let one_less = |losses: u64| losses.checked_sub(1);
                if self.losses.0.fetch_update(Relaxed, Relaxed, one_less).is_ok() {
                    self.restarts.add(1);
                }
            }
            ProcessChange::Ready(took) => self.start_duration.observe(*took),
            ProcessChange::Retiring(_) => {}
            ProcessChange::Killed(reason) => {
                let kind = kind_of_kill(reason);
                self.kills.add(kind);
                // Those that are told to end in another way count there.
                if matches!(kind, "memory" | "deadline") || reason.contains("again") {
                    self.losses.add(1);
                }
            }
            ProcessChange::Stopped => self.ends.add("stopped"),
            ProcessChange::Exited { .. } => {
                self.ends.add("by_itself");
                self.losses.add(1);
            }
            ProcessChange::StartFailed { .. } => {
                self.ends.add("start_failed");
                self.losses.add(1);
            }
        }
    }
}

fn kind_of_kill(reason: &str) -> &'static str {
    match reason {
        _ if reason.starts_with(memory::REASON) => "memory",
        _ if reason.contains("deadline") => "deadline",
        _ if reason.contains("when asked to") => "ignored_sigterm",
        _ if reason.contains("shutting down") => "shutdown",
        _ if reason.starts_with("did not ask") => "no_poll",
        _ if reason.starts_with("reported") => "init_error",
        _ => "other",
    }
}

/// What is counted about a queue of a function.
#[derive(Debug, Default)]
pub(super) struct OfQueue {
    pub(super) received: Counter,
    pub(super) failed: Counter,
    pub(super) troubles: Counter,
}
