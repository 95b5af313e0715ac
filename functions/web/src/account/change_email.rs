//! `POST /account/email`: asks the new address, by mail. Whether it has an account is not looked at here.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::identity::{Email, request_email_change};
use http::StatusCode;
use look::Errors;
use serde::Deserialize;

use super::{WRONG_PASSWORD, is_right, show::draw};
use crate::{identity::throttle::count_mail, person::Person};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    email: String,
    password: String,
}

pub(crate) async fn change(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let person = person.without_transaction();
    let (email, mut errors) = (Email::parse(&fields.email), Errors::new());
    if let Err(error) = &email {
        errors.push("email", error.to_string());
    }
    if !is_right(&resources, &person, &fields.password).await? {
        errors.push("password", WRONG_PASSWORD);
    }
    let Some(email) = email.ok().filter(|_| errors.is_empty()) else {
        let page = draw(&person.who, &fields.email, &errors, None);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    count_mail(&resources, email.as_str(), &person.device).await?;
    let mut tx = resources.database.identity(person.who.user).await?;
    request_email_change(&mut tx, &email).await?;
    resources.commit_for_person(tx).await?;
    Ok(Redirect::to("/account?mailed=1").into_response())
}
