//! One invocation, from being asked for to its end.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::oneshot, time::Instant};

use super::{
    id::InvocationId,
    stream::{AnswerStream, StreamEnd},
};
use crate::intercept::{Kill, KillTime};

/// What is asked of a function.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// The function knows it as the request id.
    pub(crate) id: InvocationId,
    /// The event, JSON.
    pub(crate) payload: Bytes,
    /// `Root=1-…`.
    pub(crate) trace_id: String,
    /// What a caller of Lambda's `Invoke` says about itself: JSON, at most 3,583 bytes.
    pub(crate) client_context: Option<String>,
    /// Whether the process that gets it is killed on purpose.
    pub(crate) kill: Option<Kill>,
}

impl Invocation {
    /// A new one, with an id of its own.
    pub(crate) fn new(payload: Bytes, trace_id: String) -> Self {
        Self { id: InvocationId::new(), payload, trace_id, client_context: None, kill: None }
    }
}

/// What a function answered.
#[derive(Debug)]
pub(crate) enum Answer {
    /// All of it, as it was posted.
    Whole(Bytes),
    /// Still being posted.
    Streamed(AnswerStream),
}

impl Answer {
    /// All of it, waited for where it is streamed; at most `limit` bytes.
    pub(crate) async fn whole(self, limit: usize) -> Result<Bytes, Failure> {
        match self {
            Self::Whole(payload) => Ok(payload),
            Self::Streamed(stream) => stream.collect(limit).await,
        }
    }
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
    /// A process that takes one invocation at a time asked for the next one.
    #[error("the process asked for more work without having answered")]
    Unanswered,
    /// No answer by the deadline.
    #[error("no answer within {} ms", after.as_millis())]
    TimedOut {
        /// The function's time-out.
        after: Duration,
    },
    /// A streamed answer ended in an error, or before its end.
    #[error("the answer broke off: {reason}")]
    BrokeOff {
        /// What the function or its connection said.
        reason: String,
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
    /// The hosting program wanted it to fail.
    #[error("{reason}")]
    Disturbed {
        /// Why.
        reason: String,
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
    /// When waiting has become pointless.
    pub(super) give_up: Instant,
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
    pub(super) id: InvocationId,
    pub(super) waiting: Waiting,
    pub(super) deadline: Instant,
    /// The process is killed for it on purpose, at this time or, without one, when it has answered.
    pub(super) kill: Option<(Option<Instant>, Arc<str>)>,
}

impl InFlight {
    /// An invocation that is delivered now.
    pub(super) fn new(id: InvocationId, reply: Reply, deadline: Instant, kill: Option<Kill>) -> Self {
        let kill = kill.map(|kill| match kill.when {
            KillTime::AfterDelivery(after) => (Some(Instant::now() + after), kill.reason),
            KillTime::AfterAnswer => (None, kill.reason),
        });
        Self { id, waiting: Waiting::ForAnswer(reply), deadline, kill }
    }

    /// When its process is to be killed for it, as far as that is known before it answers.
    pub(super) fn kill_at(&self) -> Option<Instant> {
        self.kill.as_ref()?.0
    }

    /// Why its process is to be killed at this time; an answer has come if `answered`.
    pub(super) fn killed_for(&self, now: Instant, answered: bool) -> Option<Arc<str>> {
        let (at, reason) = self.kill.as_ref()?;
        at.map_or(answered, |at| at <= now).then(|| Arc::clone(reason))
    }
}

/// Who learns how an invocation ended.
#[derive(Debug)]
pub(super) enum Waiting {
    /// The caller, who has no answer yet.
    ForAnswer(Reply),
    /// The reader of an answer that is being streamed.
    ForEnd(StreamEnd),
}

impl Waiting {
    /// Nobody waiting any more is no error of the function's.
    pub(super) fn fail(self, failure: Failure) {
        match self {
            Self::ForAnswer(reply) => drop(reply.send(Err(failure))),
            Self::ForEnd(end) => end.fail(failure),
        }
    }
}

fn lines(lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("\n{}", lines.join("\n")) }
}
