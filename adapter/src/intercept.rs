//! Lets the hosting program step in before and after a function: to hold a request back, to answer it, to mark or
//! change an answer, or to disturb an invocation on purpose. The local runner holds requests back while it rebuilds a
//! function, says on each page whose data it shows, and disturbs invocations so that a developer sees what happens then.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Response, request::Parts, response};

use crate::observer::Invoked;

/// Every method lets everything pass by default. They are called on the threads that serve requests, so they must
/// not block.
pub trait Intercept: Send + Sync + 'static {
    /// Asked about every request once its function is known, before its body is read. The invocation's time-out
    /// has not begun then. None lets the request pass at once; else it waits for what the future says.
    ///
    /// The route is looked up again for a request that waited: another manifest may have been taken over.
    fn request<'a>(&'a self, _function: &'a str, _request: &'a Parts) -> Option<BoxFuture<'a, Passage>> {
        None
    }

    /// Asked about every invocation, whatever it comes from, before it waits for a process. None leaves it alone.
    fn invocation(&self, _invocation: &Invoked<'_>) -> Option<Disturbance> {
        None
    }

    /// Whether [`Intercept::whole`] wants an answer with this head.
    fn wants(&self, _answer: &response::Parts) -> bool {
        false
    }

    /// Changes an answer that is not streamed before it is sent, the adapter's own included. `Content-Length` is
    /// set afterwards.
    fn whole(&self, _answer: &mut response::Parts, body: Bytes) -> Bytes {
        body
    }
}

/// What becomes of a request that was held back.
#[derive(Debug)]
pub enum Passage {
    /// The function gets it.
    Free,
    /// The function gets it, and its answer gets this header.
    Marked(HeaderName, HeaderValue),
    /// The client gets this instead.
    Answered(Response<Bytes>),
}

/// What is done to an invocation on purpose, in this order.
#[derive(Default)]
pub struct Disturbance {
    /// It waits for this before anything else; its time-out has not begun then.
    pub hold: Option<BoxFuture<'static, ()>>,
    /// It ends so, and no process sees it.
    pub instead: Option<Instead>,
    /// The process that gets it is killed, with everything else that it works on.
    pub kill: Option<Kill>,
    /// When it has ended it is invoked once more, with another id; the caller gets the first answer, after that.
    pub twice: bool,
}

/// How an invocation ends that no process sees.
#[derive(Clone, Debug)]
pub enum Instead {
    /// It fails, for this reason; HTTP answers 502.
    Fails(String),
    /// It fails after this time as if it had reached its time-out; HTTP answers 504.
    TimesOut(Duration),
}

/// When a process is killed, and why, as logs and the invocation's failure say it.
#[derive(Clone, Debug)]
pub struct Kill {
    /// When.
    pub when: KillTime,
    /// Why.
    pub reason: Arc<str>,
}

/// When a process is killed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KillTime {
    /// So long after it was given the event, unless it has answered by then. With zero it never answers.
    AfterDelivery(Duration),
    /// When it has answered; nobody gets the answer.
    AfterAnswer,
}
