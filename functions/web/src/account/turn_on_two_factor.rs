//! `POST /account/two-factor`: turns it on once the app has shown a right code, and shows the recovery codes.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::identity::{TotpSecret, TwoFactorError, turn_on};
use http::{StatusCode, header::SET_COOKIE};
use look::Errors;
use serde::Deserialize;

use super::{
    WRONG_PASSWORD, is_right, recovery_codes, sealing,
    two_factor::{from_hex, set_up},
};
use crate::person::Person;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    sealed: String,
    code: String,
    password: String,
}

pub(crate) async fn change(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let person = person.without_transaction();
    let (who, keys) = (&person.who, sealing(&resources)?);
    let opened = from_hex(&fields.sealed).and_then(|sealed| TotpSecret::open(&keys, who.user, &sealed).ok());
    let is_ours = opened.is_some();
    let secret = opened.unwrap_or_else(TotpSecret::generate);
    let mut errors = Errors::new();
    if !is_right(&resources, &person, &fields.password).await? {
        errors.push("password", WRONG_PASSWORD);
    }
    if !is_ours {
        errors.push("code", "This form is not complete. Scan the new picture and type the code that follows");
    }
    if errors.is_empty() {
        let mut tx = resources.database.identity(who.user).await?;
        match turn_on(&mut tx, &keys, &secret, &fields.code, &person.origin()).await {
            Ok(codes) => {
                resources.commit_for_person(tx).await?;
                let cookie = person.rotate(&resources).await?;
                return Ok(([(SET_COOKIE, cookie)], recovery_codes::draw(who, &codes)).into_response());
            }
            Err(TwoFactorError::WrongCode) => {
                errors.push("code", "The app shows another code now. Type the one of this moment");
            }
            Err(error) => return Err(error.into()),
        }
    }
    let page = set_up(&resources, who, &secret, &errors, None)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
