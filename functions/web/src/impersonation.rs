//! `GET` and `POST /support`: where the staff's console leads with a ticket. Opening it only shows what it is good for;
//! the button uses it up and begins a session of its own kind, in the place of a customer's user.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Device, Resources, Secret, TokenError, TokenKind,
    browser::{self, Form, Parameters, Refusal},
};
use domain::identity::{Impersonation, ImpersonationError, begin_impersonation};
use http::{StatusCode, header::SET_COOKIE};
use look::{Button, Facts, Page, email, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use crate::page::date_time;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Carried {
    ticket: Secret,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    Parameters(carried): Parameters<Carried>,
) -> Response {
    match resources.tokens.peek(TokenKind::Impersonation, &carried.ticket).await {
        Ok(allowed) => draw(&allowed, &carried.ticket).into_response(),
        Err(error) => refused(error),
    }
}

pub(crate) async fn begin(
    State(resources): State<Resources>,
    device: Device,
    Form(carried): Form<Carried>,
) -> Result<Response, Refusal> {
    let allowed: Impersonation = match resources.tokens.take(TokenKind::Impersonation, &carried.ticket).await
    {
        Ok(allowed) => allowed,
        Err(error) => return Ok(refused(error)),
    };
    // Noted first: one that is noted and does not begin harms nobody.
    match begin_impersonation(&resources.database, &allowed, device.address.clone()).await {
        Err(ImpersonationError::Over | ImpersonationError::Staff) => return Ok(over()),
        other => resources.commit(other?).await?,
    }
    let token = resources.sessions.begin_impersonated(&allowed, &device).await?;
    let left = (allowed.by.until - resources.clock.now()).num_seconds().max(0);
    Ok(([(SET_COOKIE, browser::set_for(&token, left))], Redirect::to("/dashboard")).into_response())
}

fn draw(allowed: &Impersonation, ticket: &Secret) -> Markup {
    let form = look::Form::post("/support")
        .hidden("ticket", ticket.expose())
        .body(html! { (Button::submit("Sign in as this person").wide()) });
    Page::plain("Sign in as a customer").body(html! {
        (Facts::new()
            .fact("Person", email(&allowed.email))
            .fact("Organization", foreign(&allowed.organization_name))
            .fact("Reason", foreign(&allowed.reason))
            .fact("You", email(&allowed.by.email))
            .fact("Ends", html! { (date_time(allowed.by.until)) }))
        p {
            "They get a mail with your address and the reason, and their audit log says the same. If you are signed in \
             to Velox as a customer in this browser, this takes that session's place."
        }
        (form)
    })
}

/// Used, expired or never made.
fn refused(error: TokenError) -> Response {
    let (status, title, text) = match error {
        TokenError::Unavailable(error) => return Refusal::from(error).into_response(),
        TokenError::Used => (
            StatusCode::GONE,
            "This ticket was used",
            "A ticket works once. If the session is not open in this browser, make a new ticket in the console.",
        ),
        TokenError::Expired => (
            StatusCode::GONE,
            "This ticket has expired",
            "A ticket works for one minute. Make a new one in the console, on the page of the person's organization.",
        ),
        TokenError::Unknown => (
            StatusCode::NOT_FOUND,
            "This ticket is not complete",
            "The console never made it like this. Open the link there, or make a new ticket.",
        ),
    };
    stopped(status, title, text)
}

fn over() -> Response {
    let text = "Since the ticket was made the person left or signed out everywhere, or you did, or one of you joined or \
                left the staff. Look at the organization in the console again.";
    stopped(StatusCode::GONE, "This is not allowed any more", text)
}

fn stopped(status: StatusCode, title: &str, text: &str) -> Response {
    let page = Page::plain(title).body(html! {
        p { (text) }
        p { (Button::link("Go to the start page", "/").secondary()) }
    });
    (status, page).into_response()
}
