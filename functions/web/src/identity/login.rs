//! `POST /login`: address and password. Begins a session, or asks for the second factor, or for the address to be
//! confirmed.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Attempt, Device, Resources, TokenKind,
    browser::{self, Form, Refusal},
};
use chrono::TimeDelta;
use domain::{
    UserId,
    identity::{SessionEpoch, SignInError, check_password},
    mail::MailJob,
    outbox::Job,
};
use http::{StatusCode, header::SET_COOKIE};
use look::Errors;

use super::{
    check_mail,
    login_form::{Fields, draw},
    session,
    throttle::count_mail,
};

/// How long the second factor may take.
const SECOND_FACTOR: TimeDelta = TimeDelta::minutes(10);

pub(crate) async fn login(
    State(resources): State<Resources>,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let email = fields.email.trim();
    if email.is_empty() || fields.password.is_empty() {
        return Ok(wrong(&fields));
    }
    let attempt = Attempt::count(&resources.throttles, "login", email, &device).await?;
    let right = match check_password(&resources.database, email, &fields.password).await {
        Err(SignInError::WrongCredentials) => {
            // Whether or not there is an account: a job looks.
            if attempt.ends_a_burst() {
                let (email, address) = (email.to_owned(), device.address);
                resources.send(&Job::mail(MailJob::SignInBurst { email, address })).await?;
            }
            return Ok(wrong(&fields));
        }
        other => other?,
    };
    attempt.succeeded(&resources.throttles).await?;
    if !right.is_verified {
        return unverified(&resources, &fields, right.user, &device).await;
    }
    if right.needs_second_factor {
        return ask_for_second_factor(&resources, (right.user, right.session_epoch), &fields.next).await;
    }
    let who = (right.user, right.session_epoch);
    session::begin(&resources, who, "password", &device, session::own_page(&fields.next)).await
}

fn wrong(fields: &Fields) -> Response {
    let errors = Errors::new().form("The e-mail address or the password is wrong. Check both and try again.");
    (StatusCode::UNPROCESSABLE_ENTITY, draw(fields, &errors, None)).into_response()
}

/// The password was right, so this tells nobody else anything.
async fn unverified(
    resources: &Resources,
    fields: &Fields,
    user_id: UserId,
    device: &Device,
) -> Result<Response, Refusal> {
    count_mail(resources, &fields.email, device).await?;
    resources.send(&Job::mail(MailJob::ConfirmEmail { user_id })).await?;
    Ok(check_mail::draw(fields.email.trim(), "to confirm the address, and then sign in").into_response())
}

/// The ticket for the second factor is no session: it opens nothing but the page that asks for the code.
async fn ask_for_second_factor(
    resources: &Resources,
    who: (UserId, SessionEpoch),
    next: &str,
) -> Result<Response, Refusal> {
    let payload = (who, session::own_page(next));
    let ticket = resources.tokens.issue(TokenKind::SecondFactor, &payload, SECOND_FACTOR).await?;
    let cookie = browser::set_login(&ticket);
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/login/second-factor")).into_response())
}
