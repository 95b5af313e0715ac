//! `GET /`: what Velox is, for somebody who does not know it yet.

use axum::response::{IntoResponse, Redirect, Response};
use bootstrap::browser::SessionCookie;
use look::{Button, Hero, Stat, Stats};
use maud::html;

use crate::page;

/// Whoever has a session's cookie wants to work; should the session be over, the overview asks for the login.
pub(crate) async fn show(SessionCookie(token): SessionCookie) -> Response {
    if token.is_some() {
        return Redirect::to("/dashboard").into_response();
    }
    let actions = html! {
        (Button::link("Create an account", "/sign-up"))
        (Button::link("Sign in", "/login").secondary())
    };
    let body = html! {
        (Hero::new(
            "Your customers, ready to invoice.",
            "Bring them in from a spreadsheet or through the API. Velox checks every row, says what is wrong with \
             the ones it refuses, and keeps no customer twice.",
            actions,
        ))
        (Stats::new([
            Stat::new("10,000 rows imported in", "2 s").note("Each one checked on the way"),
            Stat::new("A refused row comes with", "Its reason").note("And with its line in your file"),
            Stat::new("Your own programs use", "An API key").note("From the networks that you allow"),
        ]))
    };
    page::public("Your customers, ready to invoice")
        .description("Import your customers from a spreadsheet or through the API, every row checked.")
        .full_width()
        .own_heading()
        .body(body)
        .into_response()
}
