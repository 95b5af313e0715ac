//! What stands between requests and functions: the gate of the rebuild, and the bar that says whose data a page shows.

use adapter::intercept::{Intercept, Passage};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{request, response};

use crate::{environment::bar::Bar, rebuild::gate::Gate};

/// See the module.
pub(super) struct Front {
    pub(super) gate: Gate,
    /// None where everything is the developer's own.
    pub(super) bar: Option<Bar>,
}

impl Intercept for Front {
    fn request<'a>(
        &'a self,
        function: &'a str,
        request: &'a request::Parts,
    ) -> Option<BoxFuture<'a, Passage>> {
        if self.bar.is_some() && request.uri.path() == Bar::STYLESHEET {
            return Some(Box::pin(async { Passage::Answered(Bar::stylesheet()) }));
        }
        self.gate.request(function, request)
    }

    fn wants(&self, _answer: &response::Parts) -> bool {
        self.bar.is_some()
    }

    fn whole(&self, answer: &mut response::Parts, body: Bytes) -> Bytes {
        match &self.bar {
            Some(bar) => bar.put_on(answer, body),
            None => body,
        }
    }
}
