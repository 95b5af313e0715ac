//! Errors of S3 that are found before its protocol's crate sees the request (API reference, "Error responses").

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use crate::aws::answer::{Body, full};

/// A request that is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    pub(super) code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>",
            self.code,
            self.message.replace('&', "&amp;").replace('<', "&lt;"),
        );
        let mut response = Response::new(full(text));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        response
    }
}
