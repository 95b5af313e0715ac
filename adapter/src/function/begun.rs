//! An invocation that the observer knows to run. A caller that gives up drops the invocation's future, after which
//! nobody would tell that it has ended.

use std::sync::Arc;

use super::{Function, Invocation};
use crate::observer::{Invoked, Observer};

/// Tells when it is dropped that the invocation was given up, unless it has ended before.
pub(super) struct Begun {
    observer: Arc<dyn Observer>,
    request_id: Option<String>,
}

impl Begun {
    pub(super) fn tell(function: &Function, invocation: &Invocation) -> Self {
        let observer = Arc::clone(&function.hosting.observer);
        let (request_id, trace_id) = (invocation.id.as_str(), invocation.trace_id.as_str());
        observer.begun(&Invoked { function: &function.name, request_id, trace_id });
        Self { observer, request_id: Some(request_id.to_owned()) }
    }

    pub(super) fn has_ended(mut self) {
        self.request_id = None;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(request_id) = &self.request_id {
            self.observer.given_up(request_id);
        }
    }
}
