//! `GET` and `POST /login/passkey`: signing in with a passkey, which is two factors at once.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{
    Device, Resources, Secret, TokenError, TokenKind,
    browser::{Form, Refusal},
};
use chrono::TimeDelta;
use domain::identity::{PasskeyError, RelyingParty, begin_login, sign_in_with_passkey};
use http::StatusCode;
use look::{Button, Errors};
use maud::{Markup, html};
use serde::Deserialize;

use super::session;
use crate::page;

/// How long the authenticator may take.
const CEREMONY: TimeDelta = TimeDelta::minutes(10);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    ceremony: Secret,
    credential: String,
}

pub(crate) async fn show(State(resources): State<Resources>) -> Result<Markup, Refusal> {
    draw(&resources, &Errors::new()).await
}

pub(crate) async fn login(
    State(resources): State<Resources>,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let taken = resources.tokens.take::<Vec<u8>>(TokenKind::PasskeyLogin, &fields.ceremony).await;
    let state = match taken {
        Ok(state) => state,
        Err(TokenError::Unavailable(error)) => return Err(error.into()),
        Err(_) => return again(&resources, "That took too long. Try again.").await,
    };
    let party = RelyingParty::of(&resources.configuration.app_url)?;
    let signed_in = sign_in_with_passkey(&resources.database, &party, &state, &fields.credential).await;
    match signed_in {
        Ok(user) => session::begin(&resources, user, "passkey", &device, "/dashboard").await,
        Err(PasskeyError::Unknown | PasskeyError::Refused(_)) => {
            again(&resources, "This passkey does not sign anybody in here. Use another, or your password.")
                .await
        }
        Err(error) => Err(error.into()),
    }
}

async fn again(resources: &Resources, text: &str) -> Result<Response, Refusal> {
    let page = draw(resources, &Errors::new().form(text)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn draw(resources: &Resources, errors: &Errors<'_>) -> Result<Markup, Refusal> {
    let ceremony = begin_login(&RelyingParty::of(&resources.configuration.app_url)?)?;
    let token = resources.tokens.issue(TokenKind::PasskeyLogin, &ceremony.state, CEREMONY).await?;
    let page = page::public("Sign in with a passkey").errors(errors);
    Ok(page.script(look::assets::href("passkeys.js")).body(html! {
        form.form method="post" action="/login/passkey" novalidate
            data-passkey="get" data-options=(ceremony.options.to_string()) {
            input type="hidden" name="ceremony" value=(token.expose());
            input type="hidden" name="credential";
            p { "Your device asks for your finger, face or PIN." }
            p data-passkey-problem role="alert" hidden {}
            noscript { p { "Passkeys need JavaScript. Sign in with your password instead." } }
            (Button::submit("Use a passkey").wide())
        }
        p { a href="/login" { "Sign in with a password" } }
    }))
}
