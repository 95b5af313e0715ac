//! The JSON that functions see and answer with.
//!
//! Formats are AWS's; each module names the page of the developer guides that it follows.

pub mod alb;
pub(crate) mod batch_response;
mod body;
mod headers;
pub mod http_request;
pub mod http_response;
mod json;
mod query;
mod request_time;
pub mod rest_api;
pub(crate) mod sqs;

#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod samples;
