//! The dashboard of a runner that works on a shared environment: it says so on every page, changes nothing there, and
//! does not pretend to show what it does not see. A refusal of the account is a sentence on the page.

mod account;
mod files;
mod pages;
mod parameters;
mod schedules;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Query, Request},
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

/// What of it is in the environment's own account, and shown as a list and no further.
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
        let answer = match (shown(&request), self.refused(&request)) {
            (Some(shown), _) => self.show(shown).await,
            (None, Some(refused)) => refused,
            (None, None) => next.run(request).await,
        };
        self.with_bar(answer).await
    }

    async fn show(&self, what: Shown) -> Response {
        let (name, account, now) = (self.remote.name(), &self.account, SystemClock.now());
        match what {
            Shown::Queues => pages::queues(account, name).await.into_response(),
            Shown::QueuesAsJson => Json(pages::queues_as_json(account).await).into_response(),
            Shown::Queue => Redirect::to("/queues").into_response(),
            Shown::QueueAsJson => {
                let text = format!(
                    "{name}'s messages are not looked at from here: whoever receives one hides it from the \
                     functions that work on it. `cargo velox queue list` shows how many there are."
                );
                (StatusCode::FORBIDDEN, Json(json!({ "error": text }))).into_response()
            }
            Shown::Schedules(after) => schedules::show(account, after.as_deref(), now).await.into_response(),
            Shown::Files { prefix, after } => {
                files::show(account, &prefix, after.as_deref(), now).await.into_response()
            }
            Shown::Parameters(after) => {
                parameters::show(account, after.as_deref(), now).await.into_response()
            }
            Shown::Tables => pages::tables(account, name).await.into_response(),
            Shown::Table(table, after) => {
                match pages::table(account, name, &table, after.as_deref(), now).await {
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
                "{}'s {} are in its own account, and shown as a list at most. Look at more with the AWS console or CLI.",
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
    /// From a position on, as are the next ones.
    Schedules(Option<String>),
    Files {
        prefix: String,
        after: Option<String>,
    },
    Parameters(Option<String>),
}

fn shown(request: &Request) -> Option<Shown> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let path = request.uri().path();
    let below = path.strip_prefix(control::PREFIX);
    let parts: Vec<_> = below.unwrap_or(path).trim_matches('/').split('/').collect();
    let asked = Query::<HashMap<String, String>>::try_from_uri(request.uri());
    let mut asked = asked.map(|Query(asked)| asked).unwrap_or_default();
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
        (["schedules"], false) => Some(Shown::Schedules(asked.remove("after"))),
        (["files"], false) => {
            let after = asked.remove("after");
            Some(Shown::Files { prefix: asked.remove("q").unwrap_or_default(), after })
        }
        (["parameters"], false) => Some(Shown::Parameters(asked.remove("after"))),
        _ => None,
    }
}
