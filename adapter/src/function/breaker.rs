//! Keeps a function that cannot start from being started again and again.

use std::time::Duration;

use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Counts starts that failed in a row and pauses longer after each.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    open: Option<(Instant, String)>,
}

impl Breaker {
    /// A start failed; returns how long nothing is started.
    pub(super) fn failed(&mut self, reason: String) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(LONGEST_PAUSE);
        let pause = doubled.mul_f64(rand::random_range(0.8..1.0));
        self.failures += 1;
        self.open = Some((Instant::now() + pause, reason));
        pause
    }

    /// A process polled, or the executable was replaced: the past does not count any more.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Why nothing is started now, and for how much longer.
    pub(super) fn paused(&self) -> Option<(&str, Duration)> {
        let (until, reason) = self.open.as_ref()?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some((reason, left))
    }

    /// Whether the next start is a trial, of which there is one at a time.
    pub(super) fn is_on_trial(&self) -> bool {
        self.failures > 0
    }
}
