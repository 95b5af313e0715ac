//! The JSON that functions see and answer with.
//!
//! Formats are AWS's: "Working with AWS Lambda proxy integrations for HTTP APIs" (payload format 2.0) and
//! "Using Lambda with Amazon SQS" in the developer guides.

pub mod alb;
pub(crate) mod batch_response;
mod body;
mod headers;
pub mod http_request;
pub mod http_response;
mod json;
mod query;
mod request_time;
pub(crate) mod sqs;

#[cfg(test)]
mod roundtrip;
