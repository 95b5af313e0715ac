//! Answering an invitation. The token travels in the query string and in hidden fields, which no log keeps.

pub(crate) mod accept;
pub(crate) mod join;
pub(crate) mod show;

use axum::response::{IntoResponse, Response};
use bootstrap::browser::Refusal;
use domain::organizations::{AcceptError, InvitationToken};
use http::StatusCode;
use look::{Button, Page};
use maud::html;

/// What a link carried. What cannot be a token is treated as one that nobody knows.
fn token(text: &str) -> Result<InvitationToken, AcceptError> {
    InvitationToken::parse(text).ok_or(AcceptError::Unknown)
}

/// The page of an invitation that cannot be accepted: why, and what to do next.
fn refused(error: AcceptError) -> Result<Response, Refusal> {
    let (status, title, text) = match error {
        AcceptError::Unknown => (
            StatusCode::NOT_FOUND,
            "This link is not valid",
            "It may have been cut off in your mail program, or a newer invitation has replaced it. Open the link of \
             the newest mail, or ask whoever invited you to send it again.",
        ),
        AcceptError::Used => (
            StatusCode::GONE,
            "This invitation was used already",
            "If it was you, sign in: you are a member. If it was not, tell whoever invited you.",
        ),
        AcceptError::Expired => (
            StatusCode::GONE,
            "This invitation has expired",
            "An invitation works for seven days. Ask whoever invited you to send it again: that takes one click.",
        ),
        AcceptError::Revoked => (
            StatusCode::GONE,
            "This invitation was withdrawn",
            "Whoever sent it took it back. If you think that this is a mistake, ask them.",
        ),
        other => return Err(other.into()),
    };
    let page = Page::plain(title).body(html! {
        p { (text) }
        div.buttons {
            (Button::link("Sign in", "/login"))
            (Button::link("Home", "/").secondary())
        }
    });
    Ok((status, page).into_response())
}
