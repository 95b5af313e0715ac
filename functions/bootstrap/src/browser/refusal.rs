//! Pages that say why something was not done.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{Failure, Kind};
use http::{HeaderValue, StatusCode, header};

use super::DrawRefusal;
use crate::{ThrottleError, http::RequestId};

/// A request that a handler does not answer with its own page.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Of the answer.
    pub status: StatusCode,
    /// What was wrong and what to do, in a sentence or two; empty where the status says it all.
    pub detail: String,
    /// Methods that the path has, for 405.
    pub allow: Option<String>,
    /// Seconds to wait, for 429.
    pub retry_after_s: Option<i64>,
    /// HTML of what stands above every page of this request.
    pub banner: Option<String>,
}

/// Where an extractor leaves what stands above every page of its request, because the page of a refusal is drawn where
/// nobody knows any more who asked. Every request has one among its extensions.
#[derive(Debug, Clone, Default)]
pub struct Banner(Arc<OnceLock<String>>);

impl Banner {
    /// HTML; the first one stays.
    pub fn set(&self, html: String) {
        let _first = self.0.set(html);
    }
}

impl Refusal {
    /// A refusal with words for a person.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), allow: None, retry_after_s: None, banner: None }
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "")
    }

    /// 405 or 404 for a path that no other function of `head` answers.
    #[must_use]
    pub fn unrouted(head: catalog::Head, path: &str) -> Self {
        let methods = catalog::methods_of(head, path);
        if methods.is_empty() {
            return Self::not_found();
        }
        let allow = Some(methods.join(", "));
        Self {
            allow,
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "This address cannot be used in this way.")
        }
    }
}

impl<E: Failure> From<E> for Refusal {
    fn from(error: E) -> Self {
        match error.kind() {
            Kind::Invalid => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
            Kind::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, error.to_string()),
            Kind::Forbidden => Self::new(StatusCode::FORBIDDEN, error.to_string()),
            Kind::NotFound => Self::not_found(),
            Kind::Conflict => Self::new(StatusCode::CONFLICT, error.to_string()),
            Kind::Unavailable => {
                tracing::error!(%error, "a resource does not answer");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Velox is not available right now. Try again shortly.",
                )
            }
            Kind::Internal => {
                tracing::error!(%error, "internal error");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "")
            }
        }
    }
}

/// The same words for every account, known or not.
impl From<ThrottleError> for Refusal {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::Unavailable(error) => error.into(),
            ThrottleError::Wait { wait } => {
                let minutes = (wait.num_seconds().max(1) + 59) / 60;
                let time = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
                let detail = format!("There were too many attempts. Wait {time}, then try again.");
                let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, detail);
                Self { retry_after_s: Some(wait.num_seconds().max(1)), ..refusal }
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Draws the pages of refusals, which carry the request's id.
pub(super) async fn render(draw: DrawRefusal, mut request: Request, next: Next) -> Response {
    let banner = Banner::default();
    request.extensions_mut().insert(banner.clone());
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut response = next.run(request).await;
    let Some(mut refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
    refusal.banner = banner.0.get().cloned();
    *response.body_mut() = draw(&refusal, &id).into();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.remove(header::CONTENT_LENGTH);
    let allow = refusal.allow.and_then(|allow| HeaderValue::from_str(&allow).ok());
    headers.extend(allow.map(|allow| (header::ALLOW, allow)));
    headers.extend(refusal.retry_after_s.map(|wait| (header::RETRY_AFTER, HeaderValue::from(wait))));
    response
}
