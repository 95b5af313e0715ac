//! From errors to problem details (RFC 9457): the one place that turns a domain error's kind into a status.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use bootstrap::http::RequestId;
use domain::{Failure, FieldError, Kind};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

/// What went wrong, for the caller's programmer.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// One thing wrong with one field.
    pub(crate) fn field(field: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        let error = FieldError { field: field.into(), message: message.clone().into() };
        Self {
            errors: vec![error],
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{field}: {message}"))
        }
    }
}

impl<E: Failure> From<E> for Problem {
    fn from(error: E) -> Self {
        let errors = error.fields().to_vec();
        let problem = match error.kind() {
            Kind::Invalid => Self::new(StatusCode::UNPROCESSABLE_ENTITY, sentence(&error)),
            Kind::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, sentence(&error))
                .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Kind::Forbidden => Self::new(StatusCode::FORBIDDEN, sentence(&error)),
            Kind::NotFound => Self::new(StatusCode::NOT_FOUND, sentence(&error)),
            Kind::Conflict => Self::new(StatusCode::CONFLICT, sentence(&error)),
            Kind::Unavailable => {
                tracing::error!(%error, "a resource does not answer");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Velox is not available right now. Try again shortly.",
                )
                .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
            }
            Kind::Internal => {
                tracing::error!(%error, "internal error");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong on our side. It has been logged.",
                )
            }
        };
        Self { errors, ..problem }
    }
}

fn sentence(error: &impl Failure) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect()).unwrap_or_default()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of problems, which carries the request's id, and the headers of all answers.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let mut body = json!({
            "type": "about:blank",
            "title": problem.status.canonical_reason(),
            "status": problem.status.as_u16(),
            "detail": problem.detail,
            "request_id": id,
        });
        if !problem.errors.is_empty() {
            body["errors"] = json!(problem.errors);
        }
        *response.body_mut() = body.to_string().into();
        let headers = response.headers_mut();
        headers.extend(problem.headers);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.remove(header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.extend(HeaderValue::from_str(&id).ok().map(|id| (HeaderName::from_static("x-request-id"), id)));
    response
}
