//! One invocation, as far as it is known.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::{Line, Span, before, length, trace_root};
use crate::chaos::Injected;

/// What invoked a function, and what the one who did was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A request.
    Http {
        /// `GET`, ….
        method: String,
        /// Without the port.
        host: String,
        /// Without the query.
        path: String,
        /// Of the answer.
        status: u16,
        /// Length of the answer's body.
        bytes: u64,
    },
    /// A batch of a queue.
    Queue {
        /// The queue's URL.
        url: String,
        /// How many messages it had.
        messages: usize,
        /// How many of them will come again.
        failures: usize,
    },
    /// A message whose body was the event: a schedule.
    Message {
        /// The queue's URL.
        url: String,
    },
    /// Lambda's `Invoke`, the runner itself, or the dashboard.
    Direct,
    /// Chaos, which wanted an invocation to happen twice.
    Repeated {
        /// The first one's request id.
        of: String,
    },
}

/// One invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Its id, as logs and callers know it.
    pub request_id: String,
    /// Who was invoked; none when no route matched.
    pub function: Option<String>,
    /// What invoked it; none while it runs.
    pub cause: Option<Cause>,
    /// `Root=1-…`.
    pub trace_id: String,
    /// The traces that its messages were sent in; a batch may come from several.
    pub senders: Vec<String>,
    /// When it was asked for.
    pub started: DateTime<Utc>,
    /// Until its end.
    pub duration: Duration,
    /// Whether the caller got an error, or messages will come again.
    pub failed: bool,
    /// Why the adapter answered in the function's place.
    pub error: Option<String>,
    /// What the function got.
    pub event: Option<Bytes>,
    /// What it answered.
    pub answer: Option<Bytes>,
    /// How it answered piece by piece, if it did.
    pub streamed: Option<StreamedAnswer>,
    /// What chaos did to it.
    pub injected: Vec<Injected>,
    /// What it logged.
    pub lines: Vec<Line>,
    /// What it spent its time with.
    pub spans: Vec<Span>,
}

/// An answer that was written piece by piece. [`Invocation::answer`] has its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamedAnswer {
    /// In bytes, as far as it was read.
    pub length: u64,
    /// Whether it was read to its end.
    pub whole: bool,
}

/// Log lines and timings that are kept of one invocation: enough to see what it does a thousand times.
const MOST_LINES: usize = 300;
const MOST_SPANS: usize = 600;
const MOST_INJECTED: usize = 100;

impl Invocation {
    pub(super) fn new(request_id: &str) -> Self {
        Self {
            request_id: request_id.to_owned(),
            function: None,
            cause: None,
            trace_id: String::new(),
            senders: Vec::new(),
            started: DateTime::UNIX_EPOCH,
            duration: Duration::ZERO,
            failed: false,
            error: None,
            event: None,
            answer: None,
            streamed: None,
            injected: Vec::new(),
            lines: Vec::new(),
            spans: Vec::new(),
        }
    }

    pub(super) fn end(
        &mut self,
        function: Option<String>,
        cause: Cause,
        now: DateTime<Utc>,
        duration: Duration,
        failed: bool,
        error: Option<String>,
    ) {
        self.function = function.or_else(|| self.function.take());
        (self.cause, self.duration, self.failed, self.error) = (Some(cause), duration, failed, error);
        self.started = before(now, duration);
    }

    /// The traces that it belongs to, without repetition of the first.
    pub(super) fn traces(&self) -> impl Iterator<Item = &str> {
        let own = trace_root(&self.trace_id);
        let senders = self.senders.iter().filter_map(|trace| trace_root(trace));
        own.into_iter().chain(senders.filter(move |root| Some(*root) != own))
    }

    /// Memory that it holds, in bytes, as far as it matters.
    pub(super) fn size(&self) -> usize {
        let lines: usize = self.lines.iter().map(Line::size).sum();
        let spans: usize = self.spans.iter().map(Span::size).sum();
        let injected = self.injected.len() * 300;
        1_000 + length(self.event.as_ref()) + length(self.answer.as_ref()) + lines + spans + injected
    }

    pub(super) fn shorten(&mut self) {
        self.lines.truncate(MOST_LINES);
        self.spans.truncate(MOST_SPANS);
        self.injected.truncate(MOST_INJECTED);
    }
}
