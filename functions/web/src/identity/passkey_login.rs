//! `GET` and `POST /login/passkey`: signing in with a passkey, which is two factors at once. The form is sent twice:
//! for the challenge, and with what the authenticator says to it.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Device, Resources, Secret, TokenError, TokenKind,
    browser::{Form, LoginCookie, Parameters, Refusal},
};
use domain::{
    UserId,
    identity::{PasskeyError, RelyingParty, begin_login, sign_in_with_passkey},
};
use http::StatusCode;
use look::{Button, Errors};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{second_factor::Ticket, session, throttle::Challenge};
use crate::{
    ceremony::{self, Ask},
    page,
};

/// Where it leads, and whether a password came before.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Way {
    next: String,
    second_factor: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    ceremony: Secret,
    credential: String,
    next: String,
    second_factor: Option<String>,
}

/// What the second half needs of the first.
#[derive(Serialize, Deserialize)]
struct Begun {
    state: Vec<u8>,
    next: String,
    /// Whose password was right before; none when the passkey is all there is.
    user: Option<UserId>,
}

pub(crate) async fn show(Parameters(way): Parameters<Way>) -> Markup {
    draw(&way, &Errors::new())
}

pub(crate) async fn login(
    State(resources): State<Resources>,
    LoginCookie(ticket): LoginCookie,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let way = Way { next: fields.next, second_factor: fields.second_factor };
    if fields.credential.is_empty() {
        return begin(&resources, ticket.as_ref(), &way, &device).await;
    }
    let begun = match resources.tokens.take::<Begun>(TokenKind::PasskeyLogin, &fields.ceremony).await {
        Ok(begun) => begun,
        Err(TokenError::Unavailable(error)) => return Err(error.into()),
        Err(_) => return Ok(again(&way, ceremony::TOO_LATE)),
    };
    let way = Way { next: begun.next, second_factor: begun.user.map(|_| "1".to_owned()) };
    let party = RelyingParty::of(&resources.configuration.app_url)?;
    let signed_in = sign_in_with_passkey(&resources.database, &party, &begun.state, &fields.credential).await;
    match signed_in {
        Ok((user, _)) if begun.user.is_some_and(|asked| asked != user) => {
            Ok(again(&way, "This passkey belongs to another account than the password."))
        }
        Ok(who) => {
            Challenge::of(&device).answered(&resources).await?;
            session::begin(&resources, who, "passkey", &device, session::own_page(&way.next)).await
        }
        Err(PasskeyError::Unknown | PasskeyError::Refused(_)) => {
            Ok(again(&way, "This passkey does not sign anybody in here. Use another, or your password."))
        }
        Err(error) => Err(error.into()),
    }
}

/// The first half: a challenge.
async fn begin(
    resources: &Resources,
    ticket: Option<&Secret>,
    way: &Way,
    device: &Device,
) -> Result<Response, Refusal> {
    let (user, next) = match (&way.second_factor, ticket) {
        (None, _) => (None, way.next.clone()),
        (Some(_), None) => return Ok(Redirect::to("/login").into_response()),
        (Some(_), Some(ticket)) => {
            match resources.tokens.peek::<Ticket>(TokenKind::SecondFactor, ticket).await {
                Ok(((user, _), next)) => (Some(user), next),
                Err(TokenError::Unavailable(error)) => return Err(error.into()),
                Err(_) => return Ok(Redirect::to("/login").into_response()),
            }
        }
    };
    Challenge::of(device).count(resources).await?;
    let ceremony = begin_login(&RelyingParty::of(&resources.configuration.app_url)?)?;
    let begun = Begun { state: ceremony.state.clone(), next, user };
    let token = resources.tokens.issue(TokenKind::PasskeyLogin, &begun, ceremony::LIFETIME).await?;
    let page = page::public("Sign in with a passkey").script(look::assets::href("passkeys.js"));
    let page = page.body(html! {
        (Ask::Get.form("/login/passkey", &ceremony, &token))
        p { a href="/login" { "Sign in with a password" } }
    });
    Ok(page.into_response())
}

fn again(way: &Way, text: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, draw(way, &Errors::new().form(text))).into_response()
}

fn draw(way: &Way, errors: &Errors<'_>) -> Markup {
    let mut form = look::Form::post("/login/passkey").hidden("next", way.next.as_str());
    if way.second_factor.is_some() {
        form = form.hidden("second_factor", "1");
    }
    page::public("Sign in with a passkey").errors(errors).body(html! {
        p { "Your finger, face or PIN instead of a password, on a device that has a passkey of yours." }
        (form.body(html! {
            (ceremony::needs_javascript())
            (Button::submit("Use a passkey").wide())
        }))
        p { a href="/login" { "Sign in with a password" } }
    })
}
