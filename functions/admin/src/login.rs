//! `POST /login`: begins a session of staff.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Audience, Device, OperatorResources,
    browser::{self, Form, Refusal},
};
use domain::identity::{SignInError, sign_in_staff};
use http::{StatusCode, header::SET_COOKIE};
use look::Errors;
use serde::Deserialize;

use crate::login_form::draw;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    email: String,
    password: String,
}

pub(crate) async fn login(
    State(resources): State<OperatorResources>,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let who = match sign_in_staff(&resources.database, &fields.email, &fields.password).await {
        Err(SignInError::WrongCredentials) => return Ok(wrong(&fields.email)),
        other => other?,
    };
    let who = (who.user, who.session_epoch);
    let token = resources.sessions.begin(Audience::Staff, who, None, &device).await?;
    Ok(([(SET_COOKIE, browser::set(&token))], Redirect::to("/")).into_response())
}

fn wrong(email: &str) -> Response {
    let errors =
        Errors::new().form("The e-mail address or the password is wrong, or the account is not staff.");
    (StatusCode::UNPROCESSABLE_ENTITY, draw(email, &errors)).into_response()
}
