//! `GET` and `POST /login/second-factor`: the code of the app, or a recovery code, after the right password.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Attempt, Device, Resources, TokenError, TokenKind,
    browser::{Form, LoginCookie, Refusal},
};
use domain::{
    UserId,
    audit::{Actor, Origin},
    identity::{SessionEpoch, TwoFactorError, use_code},
};
use http::StatusCode;
use look::{Button, Errors, Field};
use maud::{Markup, html};
use serde::Deserialize;

use super::session;
use crate::{account::sealing, page};

/// Whose password was right, in which epoch of their sessions, and the page that was asked for.
pub(super) type Ticket = ((UserId, SessionEpoch), String);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    code: String,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    LoginCookie(ticket): LoginCookie,
) -> Result<Response, Refusal> {
    let Some(ticket) = ticket else { return Ok(again()) };
    let payload = resources.tokens.peek::<Ticket>(TokenKind::SecondFactor, &ticket).await;
    match payload {
        Ok(_) => Ok(draw(&Errors::new()).into_response()),
        Err(TokenError::Unavailable(error)) => Err(error.into()),
        Err(_) => Ok(again()),
    }
}

pub(crate) async fn check(
    State(resources): State<Resources>,
    LoginCookie(ticket): LoginCookie,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let Some(ticket) = ticket else { return Ok(again()) };
    let payload = resources.tokens.peek::<Ticket>(TokenKind::SecondFactor, &ticket).await;
    let (who, next) = match payload {
        Ok(payload) => payload,
        Err(TokenError::Unavailable(error)) => return Err(error.into()),
        Err(_) => return Ok(again()),
    };
    let user = who.0;
    let attempt = Attempt::count(&resources.throttles, "second-factor", &user.to_string(), &device).await?;
    let mut tx = resources.database.identity(user).await?;
    let origin = Origin::of(Actor::User(user), Some(device.address.clone()));
    let how = match use_code(&mut tx, &sealing(&resources)?, &fields.code, &origin).await {
        Err(TwoFactorError::WrongCode) => return Ok(wrong()),
        other => other?,
    };
    resources.commit_for_person(tx).await?;
    attempt.succeeded(&resources.throttles).await?;
    match resources.tokens.take::<Ticket>(TokenKind::SecondFactor, &ticket).await {
        Ok(_) => session::begin(&resources, who, how, &device, &next).await,
        Err(TokenError::Unavailable(error)) => Err(error.into()),
        Err(_) => Ok(again()),
    }
}

/// Too late, or never asked.
fn again() -> Response {
    Redirect::to("/login").into_response()
}

fn wrong() -> Response {
    let text = "This code is wrong, or was used before. Wait for the next one, or use a recovery code.";
    let errors = Errors::new().on("code", text);
    (StatusCode::UNPROCESSABLE_ENTITY, draw(&errors)).into_response()
}

fn draw(errors: &Errors<'_>) -> Markup {
    let code =
        Field::text("code", "Code").hint("Six digits from your authenticator app, or a recovery code.");
    let form = look::Form::post("/login/second-factor").body(html! {
        (code.autocomplete("one-time-code").code().focused().errors(errors))
        (Button::submit("Sign in").wide())
    });
    page::public("Two-factor sign-in").errors(errors).body(html! {
        (form)
        p { a href="/login/passkey?second_factor=1" { "Use a passkey instead" } }
        p { a href="/login" { "Sign in as somebody else" } }
    })
}
