//! Answers of the JSON services, and their errors as an AWS SDK understands them.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};

/// The body of any answer.
pub(super) type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

/// Any error of a body.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An error with AWS's name for it.
#[derive(Debug)]
pub(super) struct AwsError {
    status: u16,
    /// The error's shape, with or without its namespace.
    kind: String,
    message: String,
    headers: Vec<(&'static str, String)>,
    fields: serde_json::Map<String, serde_json::Value>,
}

impl AwsError {
    pub(super) fn new(status: u16, kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: kind.into(),
            message: message.into(),
            headers: Vec::new(),
            fields: Default::default(),
        }
    }

    /// An operation that AWS has and this machine has not.
    pub(super) fn not_served(operation: &str) -> Self {
        Self::new(400, "UnknownOperationException", format!("{operation} is not served by the local runner."))
    }

    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds a member besides the message.
    pub(super) fn with_field(mut self, name: &str, value: serde_json::Value) -> Self {
        self.fields.insert(name.into(), value);
        self
    }

    /// What is wrong, for whoever reads the log.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Status, name and message, for a service that calls another.
    pub(super) fn told(&self) -> (u16, &str, &str) {
        (self.status, self.kind.rsplit('#').next().unwrap_or(&self.kind), &self.message)
    }

    /// As the AWS JSON protocols have it (Smithy documentation, "Operation error serialization").
    pub(super) fn into_response(self) -> Response<Body> {
        let mut fields = self.fields;
        fields.insert("__type".into(), self.kind.into());
        fields.insert("message".into(), self.message.into());
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(status, serde_json::Value::Object(fields).to_string());
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// An answer of a JSON service.
pub(super) fn json(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Ok(id) = HeaderValue::try_from(uuid::Uuid::new_v4().to_string()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

/// An answer of the query protocol.
pub(super) fn xml(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

/// A body that is there already.
pub(super) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}
