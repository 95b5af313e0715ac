//! One invocation, from being asked for to its end.

use std::time::Duration;

use bytes::Bytes;
use tokio::{sync::oneshot, time::Instant};

/// What is asked of a function.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// Unique; the function knows it as the request id.
    pub(crate) id: String,
    /// The event, JSON.
    pub(crate) payload: Bytes,
    /// `Root=1-…`.
    pub(crate) trace_id: String,
}

/// What a function answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// As it was posted.
    pub(crate) payload: Bytes,
    /// Tells a streaming answer from a buffered one.
    pub(crate) content_type: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The function reported an error; a panic caught by its runtime is one.
    #[error("the function reported an error ({error_type}): {}", String::from_utf8_lossy(payload))]
    Reported {
        /// `Unhandled`, `Runtime.…` or a type of the function's own.
        error_type: String,
        /// The error object as it was posted.
        payload: Bytes,
    },
    /// The process ended with the invocation in flight.
    #[error("the process ended before it answered: {status}{}", lines(last_lines))]
    Crashed {
        /// `exit status: 1`, `signal: 9 (SIGKILL)`, ….
        status: String,
        /// What it last wrote to its standard error.
        last_lines: Vec<String>,
    },
    /// No answer by the deadline.
    #[error("no answer within {} ms", after.as_millis())]
    TimedOut {
        /// The function's time-out.
        after: Duration,
    },
    /// The answer was larger than Lambda allows.
    #[error("the answer was larger than {limit} bytes")]
    AnswerTooLarge {
        /// In bytes.
        limit: usize,
    },
    /// No process could be started.
    #[error("the function cannot start: {reason}")]
    CannotStart {
        /// Why.
        reason: String,
        /// When the next start is tried.
        retry_after: Duration,
    },
    /// As many as allowed were waiting already.
    #[error("{waiting} invocations are waiting already")]
    QueueFull {
        /// How many.
        waiting: usize,
    },
    /// It waited for a process until it was pointless.
    #[error("no process became free within {} ms", after.as_millis())]
    QueuedTooLong {
        /// How long it waited.
        after: Duration,
    },
    /// The adapter or this function is being shut down.
    #[error("the adapter is shutting down")]
    ShuttingDown,
}

impl Failure {
    /// Whether the function certainly never saw the invocation.
    pub(crate) fn never_started(&self) -> bool {
        use Failure::{CannotStart, QueueFull, QueuedTooLong, ShuttingDown};
        matches!(self, CannotStart { .. } | QueueFull { .. } | QueuedTooLong { .. } | ShuttingDown)
    }
}

/// An invocation that waits for a process.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) invocation: Invocation,
    pub(super) reply: Reply,
}

/// Where the end of an invocation is told. Closed when nobody waits any more.
pub(super) type Reply = oneshot::Sender<Result<Answer, Failure>>;

/// An invocation on its way to a process that polls.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// What is asked.
    pub(crate) invocation: Invocation,
    /// Milliseconds since the epoch by which an answer is due.
    pub(crate) deadline_ms: u128,
}

/// An invocation that a process works on.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) reply: Reply,
    pub(super) deadline: Instant,
}

fn lines(lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("\n{}", lines.join("\n")) }
}
