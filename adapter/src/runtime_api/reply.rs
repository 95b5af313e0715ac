//! What the Runtime API says to what a runtime posts: "Using the Lambda runtime API for custom runtimes" in the
//! Lambda Developer Guide.

use std::io;

use bytes::Bytes;

use super::wire::Wire;
use crate::function::Receipt;

/// A status and a JSON object.
#[derive(Debug)]
pub(super) struct Reply {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Reply {
    pub(super) fn json(status: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn accepted() -> Self {
        Self::json("202 Accepted", Bytes::from_static(b"{\"status\":\"OK\"}"))
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the answer is larger than {limit} bytes");
        Self::problem("413 Payload Too Large", "RequestEntityTooLarge", &message)
    }

    pub(super) fn not_found() -> Self {
        Self::problem("404 Not Found", "ResourceNotFound", "no such resource")
    }

    fn problem(status: &'static str, kind: &str, message: &str) -> Self {
        let body = serde_json::json!({ "errorMessage": message, "errorType": kind });
        Self::json(status, body.to_string())
    }

    pub(super) async fn write(&self, wire: &mut Wire) -> io::Result<()> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        wire.reply(self.status, &headers, &self.body).await
    }
}

impl From<Receipt> for Reply {
    fn from(receipt: Receipt) -> Self {
        let refused = |status, message| Self::problem(status, "InvalidRequestID", message);
        match receipt {
            Receipt::Accepted => Self::accepted(),
            Receipt::Late => refused("410 Gone", "the invocation has ended already"),
            Receipt::Unknown => refused("400 Bad Request", "no such invocation"),
        }
    }
}
