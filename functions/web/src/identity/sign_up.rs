//! `POST /sign-up`: makes the account with its organization, and signs in.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Audience, Device, Resources,
    browser::{self, Form, Refusal},
};
use domain::{
    Failure,
    identity::{CreateUserError, SignUp},
};
use http::{StatusCode, header::SET_COOKIE};

use super::sign_up_form::{Fields, draw};
use crate::page;

pub(crate) async fn sign_up(
    State(resources): State<Resources>,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let checked = SignUp::check(&fields.organization, &fields.name, &fields.email, &fields.password).await;
    let checked = match checked {
        Ok(checked) => checked,
        Err(found) => return Ok(again(&fields, found.as_slice())),
    };
    let created =
        domain::identity::sign_up(&resources.database, &checked, Some(device.address.clone())).await;
    let (organization, user) = match created {
        Err(error @ CreateUserError::EmailTaken(_)) => return Ok(again(&fields, error.fields())),
        other => other?,
    };
    let token = resources.sessions.begin(Audience::App, user, Some(organization), &device).await?;
    Ok(([(SET_COOKIE, browser::set(&token))], Redirect::to("/dashboard")).into_response())
}

fn again(fields: &Fields, found: &[domain::FieldError]) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, draw(fields, &page::errors(found))).into_response()
}
