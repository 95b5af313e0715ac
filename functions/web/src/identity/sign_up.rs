//! `POST /sign-up`: keeps the sign-up until the address is confirmed. Nobody has an account before that, and whoever
//! asks does not learn whether the address has one: the mail says.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{
    Device, Resources, TokenKind,
    browser::{Form, Refusal},
};
use chrono::TimeDelta;
use domain::{identity::SignUp, mail::MailJob, outbox::Job};
use http::StatusCode;

use super::{
    check_mail,
    sign_up_form::{Fields, draw},
    throttle::count_mail,
};
use crate::page;

/// How long the job that mails has.
const PENDING: TimeDelta = TimeDelta::hours(24);

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
    count_mail(&resources, checked.email().as_str(), &device).await?;
    let pending = resources.tokens.issue(TokenKind::PendingSignUp, &checked, PENDING).await?;
    let mail = MailJob::SignUp { pending: pending.expose().to_owned() };
    resources.send(&Job::mail(mail)).await?;
    Ok(check_mail::draw(checked.email().as_str(), "to open your account").into_response())
}

fn again(fields: &Fields, found: &[domain::FieldError]) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, draw(fields, &page::errors(found))).into_response()
}
