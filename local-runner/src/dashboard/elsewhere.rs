//! The dashboard of a runner that works on a shared environment: it says so on every page, changes nothing there, and
//! does not pretend to show what it does not see.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use look::Notice;
use maud::html;
use serde_json::json;

use super::page::{Place, page};
use crate::{
    control,
    environment::{bar::Bar, remote::Remote},
};

/// A page is far smaller; what is not, is none of ours.
const LARGEST_PAGE: usize = 64 << 20;

/// The one form that only reads.
const READING: &str = "/database/query";

/// What of it is in the environment's own account.
const THERE: [(&str, Place); 5] = [
    ("/queues", Place::Queues),
    ("/schedules", Place::Schedules),
    ("/files", Place::Files),
    ("/tables", Place::Tables),
    ("/parameters", Place::Parameters),
];
const MAIL: (&str, Place) = ("/mail", Place::Mail);

/// See the module.
pub(super) struct Elsewhere {
    remote: Remote,
    bar: Bar,
}

impl Elsewhere {
    pub(super) fn new(remote: Remote) -> Self {
        let bar = Bar::new(remote.name(), &remote.target());
        Self { remote, bar }
    }

    pub(super) async fn check(self: Arc<Self>, request: Request, next: Next) -> Response {
        if request.uri().path() == Bar::STYLESHEET {
            return Bar::stylesheet().map(Body::from);
        }
        let answer = match self.refused(&request) {
            Some(refused) => refused,
            None => next.run(request).await,
        };
        self.with_bar(answer).await
    }

    fn refused(&self, request: &Request) -> Option<Response> {
        let path = request.uri().path();
        let reads = matches!(*request.method(), Method::GET | Method::HEAD) || path == READING;
        let for_programs = path.strip_prefix(control::PREFIX);
        let below = for_programs.unwrap_or(path);
        let mail = self.remote.smtp().map(|_| MAIL);
        let there = THERE.into_iter().chain(mail).find(|(prefix, _)| below.starts_with(prefix));
        let text = match (reads, there) {
            (true, None) => return None,
            (true, Some((prefix, _))) => format!(
                "{}'s {} are in its own account, and not shown here. Look at them with the AWS console or CLI.",
                self.remote.name(),
                prefix.trim_start_matches('/')
            ),
            (false, _) => self.remote.refusal("That is not done"),
        };
        let status = if reads { StatusCode::OK } else { StatusCode::FORBIDDEN };
        if for_programs.is_some() {
            return Some((StatusCode::FORBIDDEN, Json(json!({ "error": text }))).into_response());
        }
        let place = there
            .or_else(|| path.starts_with(MAIL.0).then_some(MAIL))
            .map_or(Place::Overview, |(_, place)| place);
        let body = html! { (Notice::warning(text)) };
        Some((status, page(place, self.remote.name()).body(body)).into_response())
    }

    async fn with_bar(&self, answer: Response) -> Response {
        let (mut head, body) = answer.into_parts();
        let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
            return Response::from_parts(head, body);
        }
        let Ok(page) = to_bytes(body, LARGEST_PAGE).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        head.headers.remove(header::CONTENT_LENGTH);
        let page = self.bar.put_on(&mut head, page);
        Response::from_parts(head, Body::from(page))
    }
}
