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
            "Invoices out. Money in.",
            "Velox takes your customers as they are, in a spreadsheet or through the API, and keeps them ready for \
             invoices that add up.",
            actions,
        ))
        (Stats::new([
            Stat::new("10,000 customers imported in", "2 s").note("Every row checked, every reason given"),
            Stat::new("Pages and API", "One account").note("What the pages do, the API does"),
            Stat::new("Who gets in", "You decide").note("API keys with a list of allowed networks"),
        ]))
    };
    page::public("Invoices that get paid")
        .description("Import your customers, send correct invoices and get paid.")
        .full_width()
        .own_heading()
        .body(body)
        .into_response()
}
