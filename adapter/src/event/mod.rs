//! The JSON that functions see and answer with.
//!
//! Formats are AWS's: "Working with AWS Lambda proxy integrations for HTTP APIs" (payload format 2.0) and
//! "Using Lambda with Amazon SQS" in the developer guides.

pub(crate) mod alb;
pub(crate) mod batch_response;
pub(crate) mod http_request;
pub(crate) mod http_response;
pub(crate) mod sqs;

#[cfg(test)]
mod roundtrip;
