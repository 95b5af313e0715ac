//! What happened lately, kept in memory for the dashboard: invocations with their events, answers, log lines and
//! timings, and how each function fares.
//!
//! It is told on the threads that serve requests, so everything it does is short: a lock, a few small copies.

mod function;
mod invocation;
mod kept;
mod line;
mod senders;
mod span;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use adapter::observer::{
    Exchange, HttpRecord, InvocationRecord, InvocationSource, Invoked, OutputStream, ProcessEvent, Streamed,
};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

pub use function::{FunctionRecord, Phase, Process, Trouble};
pub use invocation::{Cause, Invocation, StreamedAnswer};
pub use line::Line;
pub(crate) use line::read as read_line;
pub use span::{Kind, Span};

use crate::{chaos::Injected, clock::Clock};
use kept::Kept;

/// See the module.
#[derive(Debug)]
pub struct Recorder {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    invocations: Kept,
    functions: BTreeMap<String, FunctionRecord>,
}

impl Recorder {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default(), changes: watch::Sender::new(0) }
    }

    /// Its number grows with everything that happens.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The invocations that have ended, the latest first.
    #[must_use]
    pub fn invocations(&self) -> Vec<Arc<Invocation>> {
        self.lock().invocations.ended()
    }

    /// The invocations that run at this moment, the latest first.
    #[must_use]
    pub fn running(&self) -> Vec<Arc<Invocation>> {
        self.lock().invocations.running()
    }

    /// All others that are known of the trace of an invocation, the earliest first.
    #[must_use]
    pub fn same_trace(&self, invocation: &Invocation) -> Vec<Arc<Invocation>> {
        self.lock().invocations.same_trace(invocation)
    }

    /// The id of the invocation that runs in a trace; the latest, if there are several.
    #[must_use]
    pub fn running_in(&self, trace_id: &str) -> Option<String> {
        let root = trace_root(trace_id)?;
        let running = self.running();
        let found = running.iter().find(|invocation| trace_root(&invocation.trace_id) == Some(root))?;
        Some(found.request_id.clone())
    }

    /// The invocation with this id.
    #[must_use]
    pub fn invocation(&self, request_id: &str) -> Option<Arc<Invocation>> {
        self.lock().invocations.find(request_id)
    }

    /// How a function fares; none if nothing was heard of it yet.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<FunctionRecord> {
        self.lock().functions.get(name).cloned()
    }

    /// An HTTP request was answered.
    pub fn http_request(&self, record: &HttpRecord<'_>) {
        let now = self.clock.now();
        let cause = Cause::Http {
            method: record.method.to_string(),
            host: record.host.to_string(),
            path: record.path.to_string(),
            status: record.status,
            bytes: record.bytes,
        };
        let function = record.function.as_deref().map(str::to_owned);
        let failed = record.status >= 500 || record.error.is_some();
        self.change(|state| {
            if let Some(name) = &function {
                let of = state.functions.entry(name.clone()).or_default();
                of.called(record.duration, failed, now);
                if let Some(error) = &record.error {
                    of.troubled(error, now);
                }
            }
            state.invocations.end(&record.request_id);
            state.invocations.update(&record.request_id, |invocation| {
                invocation.end(function, cause, now, record.duration, failed, record.error.clone());
            });
        });
    }

    /// An invocation that did not come from HTTP has ended.
    pub fn job(&self, record: &InvocationRecord) {
        let now = self.clock.now();
        let cause = match &record.source {
            InvocationSource::Queue(url) => {
                Cause::Queue { url: url.clone(), messages: record.batch_size, failures: record.failures }
            }
            InvocationSource::Message(url) => Cause::Message { url: url.clone() },
            InvocationSource::Direct => Cause::Direct,
            InvocationSource::Repeated(first) => Cause::Repeated { of: first.clone() },
        };
        let failed = record.failures > 0 || record.error.is_some();
        self.change(|state| {
            let of = state.functions.entry(record.function.clone()).or_default();
            of.called(record.duration, failed, now);
            if let Some(error) = &record.error {
                of.troubled(error, now);
            }
            let (function, error) = (Some(record.function.clone()), record.error.clone());
            state.invocations.end(&record.request_id);
            state.invocations.update(&record.request_id, |invocation| {
                invocation.end(function, cause, now, record.duration, failed, error);
            });
        });
    }

    /// A function is being invoked.
    pub fn begun(&self, invoked: &Invoked<'_>) {
        let now = self.clock.now();
        self.change(|state| {
            state.invocations.begin(invoked.request_id);
            state.invocations.update(invoked.request_id, |invocation| {
                invocation.function = Some(invoked.function.to_owned());
                invocation.trace_id = invoked.trace_id.to_owned();
                invocation.started = now;
            });
        });
    }

    /// Nobody waits for an invocation any more.
    pub fn given_up(&self, request_id: &str) {
        self.change(|state| state.invocations.end(request_id));
    }

    /// A streamed answer, as far as it was read.
    pub fn streamed(&self, streamed: &Streamed<'_>) {
        self.change(|state| {
            state.invocations.update(streamed.request_id, |invocation| {
                invocation.answer = Some(streamed.answer.clone());
                let (length, whole) = (streamed.length, streamed.whole);
                invocation.streamed = Some(StreamedAnswer { length, whole });
            });
        });
    }

    /// Chaos did something to an invocation, or to nobody's.
    pub fn injected(&self, injected: &Injected) {
        self.change(|state| {
            if let Some(request_id) = &injected.request_id {
                state.invocations.update(request_id, |invocation| invocation.injected.push(injected.clone()));
            }
        });
    }

    /// Something is to be looked at anew.
    pub fn touch(&self) {
        self.change(|_| ());
    }

    /// What went into a function and what came out of it.
    pub fn exchange(&self, exchange: &Exchange<'_>) {
        let now = self.clock.now();
        let (answer, streamed) = match exchange.answer {
            Ok(answer) => (answer.cloned(), answer.is_none()),
            Err(_) => (None, false),
        };
        let streamed = streamed.then_some(StreamedAnswer { length: 0, whole: false });
        let started = before(now, exchange.duration);
        let senders = senders::of(exchange.event);
        self.change(|state| {
            state.invocations.update(exchange.request_id, |invocation| {
                invocation.function = Some(exchange.function.to_owned());
                invocation.trace_id = exchange.trace_id.to_owned();
                invocation.started = started;
                invocation.senders = senders;
                invocation.event = Some(exchange.event.clone());
                (invocation.answer, invocation.streamed) = (answer, streamed);
            });
        });
    }

    /// Something happened to a function's process.
    pub fn process(&self, event: &ProcessEvent<'_>) {
        let now = self.clock.now();
        self.change(|state| {
            state.functions.entry(event.function.to_owned()).or_default().process(event, now);
        });
    }

    /// A function wrote a line. Tells whether it was one of its timings, which no person wants to read.
    pub fn output(&self, function: &str, stream: OutputStream, text: &str) -> bool {
        if let Some((request_id, span)) = span::parse(text) {
            self.change(|state| state.invocations.update(&request_id, |i| i.spans.push(span)));
            return true;
        }
        let now = self.clock.now();
        let (request_id, line) = line::read(text, stream, now);
        self.change(|state| {
            if let Some(request_id) = request_id {
                state.invocations.update(&request_id, |i| i.lines.push(line.clone()));
            }
            state.functions.entry(function.to_owned()).or_default().wrote(line, now);
        });
        false
    }

    fn change(&self, how: impl FnOnce(&mut State)) {
        how(&mut self.lock());
        self.changes.send_modify(|number| *number += 1);
    }

    /// Nothing panics under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beginning of what has just ended.
fn before(now: DateTime<Utc>, duration: std::time::Duration) -> DateTime<Utc> {
    TimeDelta::from_std(duration).ok().and_then(|duration| now.checked_sub_signed(duration)).unwrap_or(now)
}

/// What the traces of one cause have in common: `1-…` of `Root=1-…;Parent=…` (X-Ray: "Tracing header").
fn trace_root(trace_id: &str) -> Option<&str> {
    let root = trace_id.split(';').find_map(|field| field.trim().strip_prefix("Root="));
    root.filter(|root| !root.is_empty())
}

/// The length of what may be missing.
fn length(bytes: Option<&Bytes>) -> usize {
    bytes.map_or(0, Bytes::len)
}

#[cfg(test)]
mod tests;
