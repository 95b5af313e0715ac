//! The dashboard of a runner that works on a shared environment: it says so on every page, changes nothing there, and
//! does not pretend to show what it does not see.

mod account;
mod pages;

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use look::Notice;
use maud::html;
use serde_json::json;

use super::page::{PageError, Place, page};
use crate::{
    clock::{Clock, SystemClock},
    control,
    environment::{bar::Bar, remote::Remote},
};

use account::Account;

/// A page is far smaller; what is not, is none of ours.
const LARGEST_PAGE: usize = 64 << 20;

/// The one form that only reads.
const READING: &str = "/database/query";

/// What of it is in the environment's own account and not shown.
const THERE: [(&str, Place); 3] =
    [("/schedules", Place::Schedules), ("/files", Place::Files), ("/parameters", Place::Parameters)];
/// Whose mail goes to its own server.
const MAIL: (&str, Place) = ("/mail", Place::Mail);

/// See the module.
pub(super) struct Elsewhere {
    remote: Remote,
    bar: Bar,
    account: Account,
}

impl Elsewhere {
    pub(super) fn new(remote: Remote) -> Self {
        let bar = Bar::new(remote.name(), &remote.target());
        let account = Account::of(remote.clone());
        Self { remote, bar, account }
    }

    pub(super) async fn check(self: Arc<Self>, request: Request, next: Next) -> Response {
        if request.uri().path() == Bar::STYLESHEET {
            return Bar::stylesheet().map(Body::from);
        }
        let answer = match (self.refused(&request), shown(&request)) {
            (Some(refused), _) => refused,
            (None, Some(shown)) => self.show(shown).await,
            (None, None) => next.run(request).await,
        };
        self.with_bar(answer).await
    }

    async fn show(&self, what: Shown) -> Response {
        let name = self.remote.name();
        match what {
            Shown::Queues => pages::queues(&self.account, name).await.into_response(),
            Shown::QueuesAsJson => Json(pages::queues_as_json(&self.account).await).into_response(),
            Shown::Queue => Redirect::to("/queues").into_response(),
            Shown::QueueAsJson => {
                let text = format!(
                    "{name}'s messages are not looked at from here: whoever receives one hides it from the \
                     functions that work on it. `cargo velox queue list` shows how many there are."
                );
                (StatusCode::FORBIDDEN, Json(json!({ "error": text }))).into_response()
            }
            Shown::Tables => pages::tables(&self.account, name).await.into_response(),
            Shown::Table(table, after) => {
                let now = SystemClock.now();
                match pages::table(&self.account, name, &table, after.as_deref(), now).await {
                    Ok(page) => page.into_response(),
                    Err(error) => PageError::Failed(Place::Tables, error).into_response(),
                }
            }
        }
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
        Some((status, page(place, place.link().0).body(body)).into_response())
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

/// What of the environment's account is shown.
enum Shown {
    Queues,
    QueuesAsJson,
    Queue,
    QueueAsJson,
    Tables,
    /// With the position after which its items are wanted.
    Table(String, Option<String>),
}

fn shown(request: &Request) -> Option<Shown> {
    let path = request.uri().path();
    let below = path.strip_prefix(control::PREFIX);
    let parts: Vec<_> = below.unwrap_or(path).trim_matches('/').split('/').collect();
    match (parts.as_slice(), below.is_some()) {
        (["queues"], false) => Some(Shown::Queues),
        (["queues"], true) => Some(Shown::QueuesAsJson),
        (["queues", _], false) => Some(Shown::Queue),
        (["queues", _], true) => Some(Shown::QueueAsJson),
        (["tables"], false) => Some(Shown::Tables),
        (["tables", name], false) => {
            let after = request.uri().query().and_then(|query| query.strip_prefix("after="));
            let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
            Some(Shown::Table(name.into_owned(), after.map(str::to_owned)))
        }
        _ => None,
    }
}
