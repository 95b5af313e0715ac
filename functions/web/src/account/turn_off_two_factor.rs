//! `POST /account/two-factor/off`: no second factor from now on.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::identity::{turn_off, two_factor};
use http::{StatusCode, header::SET_COOKIE};
use look::Errors;
use serde::Deserialize;

use super::{WRONG_PASSWORD, is_right, two_factor::standing};
use crate::person::Person;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    pub(super) password: String,
}

pub(crate) async fn change(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let person = person.without_transaction();
    if !is_right(&resources, &person, &fields.password).await? {
        return refused(&resources, &person).await;
    }
    let mut tx = resources.database.identity(person.who.user).await?;
    turn_off(&mut tx, &person.origin()).await?;
    resources.commit_for_person(tx).await?;
    let cookie = person.rotate(&resources).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/account/two-factor?off=1")).into_response())
}

/// The page again; where nothing is on, there is nothing to change.
pub(super) async fn refused(resources: &Resources, person: &Person<()>) -> Result<Response, Refusal> {
    let mut tx = resources.database.identity(person.who.user).await?;
    let now = two_factor(&mut tx).await?;
    let errors = Errors::new().on("password", WRONG_PASSWORD);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, standing(&person.who, now, &errors)).into_response())
}
