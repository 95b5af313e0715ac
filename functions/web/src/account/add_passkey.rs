//! `POST /account/passkeys`: adds a passkey. The form is sent twice: with the password, for the challenge, and with
//! what the authenticator says to it.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources, Secret, TokenError, TokenKind,
    browser::{Form, Refusal},
};
use domain::{
    IdentityTx, UserId,
    identity::{PasskeyError, RelyingParty, begin_registration, register},
};
use http::{StatusCode, header::SET_COOKIE};
use look::{Card, Errors};
use maud::html;
use serde::{Deserialize, Serialize};

use super::{
    WRONG_PASSWORD,
    frame::{self, Place},
    is_right, passkeys,
};
use crate::{
    ceremony::{self, Ask},
    person::Person,
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    name: String,
    password: String,
    ceremony: Secret,
    credential: String,
}

/// What the second half needs of the first.
#[derive(Serialize, Deserialize)]
struct Begun {
    user: UserId,
    name: String,
    state: Vec<u8>,
}

pub(crate) async fn add(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    if !fields.credential.is_empty() {
        return finish(&resources, person, &fields).await;
    }
    let person = person.without_transaction();
    let is_right = is_right(&resources, &person, &fields.password).await?;
    let mut person = person.begin(&resources).await?;
    if !is_right {
        let errors = Errors::new().on("password", WRONG_PASSWORD);
        return again(&mut person, &fields.name, &errors).await;
    }
    let party = RelyingParty::of(&resources.configuration.app_url)?;
    let ceremony = begin_registration(&mut person.tx, &party, &person.who.email).await?;
    let begun = Begun { user: person.who.user, name: fields.name, state: ceremony.state.clone() };
    let token = resources.tokens.issue(TokenKind::PasskeyRegistration, &begun, ceremony::LIFETIME).await?;
    let page = frame::page(&person.who, "Add a passkey", Place::Passkeys)
        .back("Passkeys", "/account/passkeys")
        .script(look::assets::href("passkeys.js"));
    Ok(page
        .body(Card::new().body(html! { (Ask::Create.form("/account/passkeys", &ceremony, &token)) }))
        .into_response())
}

/// The second half. That there is a challenge says that the password was right.
async fn finish(resources: &Resources, mut person: Person, fields: &Fields) -> Result<Response, Refusal> {
    let begun = match resources.tokens.take::<Begun>(TokenKind::PasskeyRegistration, &fields.ceremony).await {
        Ok(begun) if begun.user == person.who.user => begun,
        Err(TokenError::Unavailable(error)) => return Err(error.into()),
        _ => return again(&mut person, "", &Errors::new().form(ceremony::TOO_LATE)).await,
    };
    let party = RelyingParty::of(&resources.configuration.app_url)?;
    let origin = person.origin();
    match register(&mut person.tx, &party, &begun.state, &fields.credential, &begun.name, &origin).await {
        Err(error @ (PasskeyError::Known | PasskeyError::Refused(_) | PasskeyError::TooMany)) => {
            // The transaction may have failed with it.
            let mut person = person.anew(resources).await?;
            return again(&mut person, &begun.name, &Errors::new().form(refused(&error))).await;
        }
        other => other?,
    }
    let (person, tx) = person.split();
    resources.commit_for_person(tx).await?;
    let cookie = person.rotate(resources).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/account/passkeys?saved=1")).into_response())
}

const fn refused(error: &PasskeyError) -> &'static str {
    match error {
        PasskeyError::Known => "This passkey is registered already.",
        PasskeyError::TooMany => {
            "You have twenty passkeys. Remove one that you do not use, then add this one."
        }
        _ => "The passkey was not accepted. Try again, or use another device.",
    }
}

async fn again(
    person: &mut Person<IdentityTx>,
    name: &str,
    errors: &Errors<'_>,
) -> Result<Response, Refusal> {
    let page = passkeys::draw(person, name, errors, None).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
