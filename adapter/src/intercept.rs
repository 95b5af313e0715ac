//! Lets the hosting program step in between a request and its function: to hold it back, to answer it, or to
//! mark the answer. The local runner does so while it rebuilds a function, and to say on each page whose data it
//! shows.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Response, request::Parts, response};

/// Asked about every request once its function is known, before its body is read. The invocation's time-out has
/// not begun then.
pub trait Intercept: Send + Sync + 'static {
    /// None lets the request pass at once; else it waits for what the future says. Called on the threads that
    /// serve requests, so it must not block.
    ///
    /// The route is looked up again for a request that waited: another manifest may have been taken over.
    fn request<'a>(&'a self, function: &'a str, request: &'a Parts) -> Option<BoxFuture<'a, Passage>>;

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
