//! Turns what happens in the adapter into lines, and remembers which head the developer looks at.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use adapter::observer::{HttpRecord, InvocationRecord, Observer, OutputStream, ProcessEvent};
use catalog::Head;

use crate::console::Console;

/// The runner's observer.
#[derive(Debug)]
pub struct Report {
    console: Console,
    in_front: Mutex<Option<Head>>,
    closing: AtomicBool,
}

impl Report {
    /// Reports to `console`.
    #[must_use]
    pub fn new(console: Console) -> Self {
        Self { console, in_front: Mutex::new(None), closing: AtomicBool::new(false) }
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
        if let Some(function) = record.function.as_deref().and_then(catalog::find) {
            *self.in_front.lock().unwrap_or_else(PoisonError::into_inner) = Some(function.head);
        }
        self.console.http(record);
    }

    fn invocation(&self, record: &InvocationRecord) {
        self.console.job(record);
    }

    fn process(&self, event: &ProcessEvent<'_>) {
        if !self.closing.load(Ordering::Relaxed) {
            self.console.process(event);
        }
    }

    fn output(&self, function: &str, stream: OutputStream, line: &str) {
        self.console.output(function, stream, line);
    }

    fn queue_trouble(&self, function: &str, queue_url: &str, reason: &str) {
        if !self.closing.load(Ordering::Relaxed) {
            self.console.complain(&format!("queue of {function} ({queue_url}): {reason}"));
        }
    }
}
