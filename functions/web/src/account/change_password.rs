//! `POST /account/password`: a new password. All other sessions end, this one goes on under a new token.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::identity::{hash, set_password};
use http::{StatusCode, header::SET_COOKIE};
use look::Errors;
use serde::Deserialize;

use super::{WRONG_PASSWORD, is_right, show::draw};
use crate::person::Person;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    current_password: String,
    new_password: String,
}

pub(crate) async fn change(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let person = person.without_transaction();
    let (who, mut errors) = (&person.who, Errors::new());
    let hashed = hash(&fields.new_password, &[&who.name, &who.email]).await;
    if !is_right(&resources, &person, &fields.current_password).await? {
        errors.push("current_password", WRONG_PASSWORD);
    }
    if let Err(error) = &hashed {
        errors.push("new_password", error.to_string());
    }
    let Some(hashed) = hashed.ok().filter(|_| errors.is_empty()) else {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(who, "", &errors, None)).into_response());
    };
    let mut tx = resources.database.identity(who.user).await?;
    let epoch = set_password(&mut tx, &hashed, false, &person.origin()).await?;
    resources.commit_for_person(tx).await?;
    let cookie = person.go_on_alone(&resources, epoch).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/account?saved=1")).into_response())
}
