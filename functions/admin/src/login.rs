//! `POST /login`: begins a session of staff.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Attempt, Audience, Device, OperatorResources,
    browser::{self, Form, Refusal},
};
use domain::{
    identity::{SignInError, sign_in_staff},
    mail::MailJob,
    outbox::Job,
};
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
    let email = fields.email.trim();
    if email.is_empty() || fields.password.is_empty() {
        return Ok(wrong(email));
    }
    // The same counter as on the customers' host: it is the same password.
    let attempt = Attempt::count(&resources.throttles, "login", email, &device).await?;
    let who = match sign_in_staff(&resources.database, email, &fields.password).await {
        Err(SignInError::WrongCredentials) => {
            if attempt.ends_a_burst() {
                let (email, address) = (email.to_owned(), device.address);
                resources.send(&Job::mail(MailJob::SignInBurst { email, address })).await?;
            }
            return Ok(wrong(&fields.email));
        }
        other => other?,
    };
    attempt.succeeded(&resources.throttles).await?;
    let who = (who.user, who.session_epoch);
    let token = resources.sessions.begin(Audience::Staff, who, None, &device).await?;
    Ok(([(SET_COOKIE, browser::set(&token))], Redirect::to("/")).into_response())
}

fn wrong(email: &str) -> Response {
    let errors =
        Errors::new().form("The e-mail address or the password is wrong, or the account is not staff.");
    (StatusCode::UNPROCESSABLE_ENTITY, draw(email, &errors)).into_response()
}
