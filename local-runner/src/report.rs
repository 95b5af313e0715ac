//! Turns what happens in the adapter into lines, and remembers which head the developer looks at.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use adapter::observer::{
    Exchange, HttpRecord, InvocationRecord, Invoked, Observer, OutputStream, ProcessEvent, Streamed,
};
use catalog::Head;

use crate::{
    chaos::{Injected, Plan, Witness},
    clock::{Clock, SystemClock},
    console::Console,
    control::logs::Logs,
    dashboard::recorder::Recorder,
    rebuild::gate::head_of,
};

/// The runner's observer.
#[derive(Debug)]
pub struct Report {
    console: Console,
    recorder: Arc<Recorder>,
    logs: Arc<Logs>,
    in_front: Mutex<Option<Head>>,
    closing: AtomicBool,
}

impl Report {
    /// Reports to `console`, to `recorder` for the dashboard and to `logs` for the command line.
    #[must_use]
    pub fn new(console: Console, recorder: Arc<Recorder>, logs: Arc<Logs>) -> Self {
        Self { console, recorder, logs, in_front: Mutex::new(None), closing: AtomicBool::new(false) }
    }

    /// The head of the latest request.
    pub fn in_front(&self) -> Option<Head> {
        *self.in_front.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, processes end because they are told to.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }
}

impl Observer for Report {
    fn http_request(&self, record: &HttpRecord<'_>) {
        if let Some(head) = record.function.as_deref().and_then(head_of) {
            *self.in_front.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
        }
        self.recorder.http_request(record);
        self.console.http(record);
    }

    fn invocation(&self, record: &InvocationRecord) {
        self.recorder.job(record);
        self.console.job(record);
    }

    fn process(&self, event: &ProcessEvent<'_>) {
        self.recorder.process(event);
        if !self.closing.load(Ordering::Relaxed) {
            self.console.process(event);
        }
    }

    fn output(&self, function: &str, stream: OutputStream, line: &str) {
        let is_timing = self.recorder.output(function, stream, line);
        if !is_timing {
            self.logs.wrote(function, stream, line, SystemClock.now());
            self.console.output(function, stream, line);
        }
    }

    fn wants_exchanges(&self) -> bool {
        true
    }

    fn begun(&self, invoked: &Invoked<'_>) {
        self.recorder.begun(invoked);
    }

    fn given_up(&self, request_id: &str) {
        self.recorder.given_up(request_id);
    }

    fn streamed(&self, streamed: &Streamed<'_>) {
        self.recorder.streamed(streamed);
    }

    fn exchange(&self, exchange: &Exchange<'_>) {
        self.recorder.exchange(exchange);
    }

    fn queue_trouble(&self, function: &str, queue_url: &str, reason: &str) {
        if !self.closing.load(Ordering::Relaxed) {
            self.console.complain(&format!("queue of {function} ({queue_url}): {reason}"));
        }
    }
}

impl Witness for Report {
    fn running_in(&self, trace_id: &str) -> Option<String> {
        self.recorder.running_in(trace_id)
    }

    fn injected(&self, injected: &Injected) {
        self.recorder.injected(injected);
        self.console.injected(injected);
    }

    fn planned(&self, plan: &Plan) {
        self.recorder.touch();
        self.console.chaos(plan);
    }
}
