//! What happens inside, told to whoever hosts the adapter.
//!
//! The adapter itself decides nothing by it: logs, metrics, a dashboard or a test attach here.

use std::{borrow::Cow, net::SocketAddr, time::Duration};

use bytes::Bytes;

/// Gets told what happens. Every method does nothing by default. They are called on the threads that serve
/// requests, so they must not block.
pub trait Observer: Send + Sync + 'static {
    /// An HTTP request was answered.
    fn http_request(&self, _record: &HttpRecord<'_>) {}
    /// An invocation that did not come from HTTP has ended: a batch, a schedule or a direct one.
    fn invocation(&self, _record: &InvocationRecord) {}
    /// Something happened to a function's process.
    fn process(&self, _event: &ProcessEvent<'_>) {}
    /// A function's process wrote a line (without its line end).
    fn output(&self, _function: &str, _stream: OutputStream, _line: &str) {}
    /// A queue could not be read, or messages not be deleted or hidden; it is tried again.
    fn queue_trouble(&self, _function: &str, _queue_url: &str, _reason: &str) {}
    /// Whether [`Observer::exchange`] is to be called. It costs nothing where it is not.
    fn wants_exchanges(&self) -> bool {
        false
    }
    /// A function is about to be given an event. Told where exchanges are wanted.
    fn begun(&self, _invoked: &Invoked<'_>) {}
    /// Nobody waits any more for an invocation that has begun, so no more of it may be heard.
    fn given_up(&self, _request_id: &str) {}
    /// An answer that was streamed, when no more of it is read. Told where exchanges are wanted.
    fn streamed(&self, _streamed: &Streamed<'_>) {}
    /// A function was given an event, and what it answered. Told before the record of the request or invocation
    /// with the same id.
    fn exchange(&self, _exchange: &Exchange<'_>) {}
    /// HTTP is being served.
    fn listening(&self, _address: SocketAddr) {}
}

/// Observes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

/// An invocation at its beginning.
#[derive(Clone, Copy, Debug)]
pub struct Invoked<'a> {
    /// Who is invoked.
    pub function: &'a str,
    /// The invocation's id.
    pub request_id: &'a str,
    /// `Root=1-…`.
    pub trace_id: &'a str,
}

/// An answer that was written piece by piece.
#[derive(Clone, Copy, Debug)]
pub struct Streamed<'a> {
    /// The invocation's id.
    pub request_id: &'a str,
    /// Its beginning, at most as much as an answer may have that is not streamed; with its prelude, where it has
    /// one.
    pub answer: &'a Bytes,
    /// All bytes that were read of it.
    pub length: u64,
    /// Whether it was read to its end.
    pub whole: bool,
}

/// What went into a function and what came out of it.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// Who was invoked.
    pub function: &'a str,
    /// The invocation's id.
    pub request_id: &'a str,
    /// `Root=1-…`.
    pub trace_id: &'a str,
    /// The event, JSON.
    pub event: &'a Bytes,
    /// The answer as the function posted it, none while it is still being streamed; or why there is no answer.
    pub answer: Result<Option<&'a Bytes>, &'a str>,
    /// From asking for it to its answer, waiting for a process included.
    pub duration: Duration,
}

/// One answered HTTP request.
#[derive(Clone, Debug)]
pub struct HttpRecord<'a> {
    /// `GET`, ….
    pub method: Cow<'a, str>,
    /// Host as it was asked for, without port.
    pub host: Cow<'a, str>,
    /// Path as it was sent, without the query.
    pub path: Cow<'a, str>,
    /// Status of the answer.
    pub status: u16,
    /// Who answered; none if the adapter did because no route matched.
    pub function: Option<Cow<'a, str>>,
    /// From the complete head to the answer being ready.
    pub duration: Duration,
    /// Length of the answer's body in bytes.
    pub bytes: u64,
    /// The id that the function saw and the client was told.
    pub request_id: Cow<'a, str>,
    /// Why the adapter itself had to answer, with a crashed function's last lines. Not for the client's eyes.
    pub error: Option<String>,
}

impl HttpRecord<'_> {
    /// For keeping: what a record borrows is gone once it was told.
    pub fn into_owned(self) -> HttpRecord<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        HttpRecord {
            method: owned(self.method),
            host: owned(self.host),
            path: owned(self.path),
            status: self.status,
            function: self.function.map(owned),
            duration: self.duration,
            bytes: self.bytes,
            request_id: owned(self.request_id),
            error: self.error,
        }
    }
}

/// One invocation that did not come from HTTP.
#[derive(Clone, Debug)]
pub struct InvocationRecord {
    /// Who was invoked.
    pub function: String,
    /// What invoked it.
    pub source: InvocationSource,
    /// The invocation's id.
    pub request_id: String,
    /// Messages in it; 1 for others.
    pub batch_size: usize,
    /// Messages that failed and will come back; for others 1 if it failed.
    pub failures: usize,
    /// From asking for it to its end, waiting for a process included.
    pub duration: Duration,
    /// Why it failed, with a crashed function's last lines.
    pub error: Option<String>,
}

/// What invoked a function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InvocationSource {
    /// A batch from this queue.
    Queue(String),
    /// A message of this queue whose body was the event.
    Message(String),
    /// [`Adapter::invoke`](crate::Adapter::invoke).
    Direct,
    /// The invocation with this id, once more: see [`Disturbance::twice`](crate::intercept::Disturbance).
    Repeated(String),
}

/// Something that happened to a process.
#[derive(Clone, Debug)]
pub struct ProcessEvent<'a> {
    /// Whose process.
    pub function: &'a str,
    /// Its process id, once it has one.
    pub pid: Option<u32>,
    /// What happened.
    pub change: ProcessChange<'a>,
}

/// What can happen to a process.
#[derive(Clone, Copy, Debug)]
pub enum ProcessChange<'a> {
    /// The executable runs.
    Started,
    /// It asked for its first invocation, this long after its start.
    Ready(Duration),
    /// It takes no more invocations and ends when those it has are done.
    Retiring(&'a str),
    /// The adapter killed it, and why.
    Killed(&'a str),
    /// It ended after the adapter had asked it to.
    Stopped,
    /// It ended by itself: how, and the last lines it wrote to its standard error.
    Exited {
        /// `exit status: 1`, `signal: 9 (SIGKILL)`, ….
        status: &'a str,
        /// Oldest first.
        last_lines: &'a [String],
    },
    /// It ended, failed or stalled before its first poll. The next start is tried after the pause.
    StartFailed {
        /// Why.
        reason: &'a str,
        /// How long nothing is started.
        pause: Duration,
    },
}

/// Where a line came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}
