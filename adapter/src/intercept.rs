//! Lets the hosting program step in between a request and its function: to hold it back, to answer it, or to
//! mark the answer. The local runner does so while it rebuilds a function.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Response, request::Parts};

/// Asked about every request once its function is known, before its body is read. The invocation's time-out has
/// not begun then.
pub trait Intercept: Send + Sync + 'static {
    /// None lets the request pass at once; else it waits for what the future says. Called on the threads that
    /// serve requests, so it must not block.
    fn request<'a>(&'a self, function: &'a str, request: &'a Parts) -> Option<BoxFuture<'a, Passage>>;
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
