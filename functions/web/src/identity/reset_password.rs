//! `GET` and `POST /reset-password`: asks for a mail with a link to a new password. Whether the address has an account
//! is not looked at here: the mail says.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{Device, Resources, browser::Form, browser::Refusal};
use domain::{identity::Email, mail::MailJob, outbox::Job};
use http::StatusCode;
use look::{Button, Errors, Field};
use maud::{Markup, html};
use serde::Deserialize;

use super::{check_mail, throttle::count_mail};
use crate::page;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    email: String,
}

pub(crate) async fn show() -> Markup {
    draw("", &Errors::new())
}

pub(crate) async fn request(
    State(resources): State<Resources>,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let email = match Email::parse(&fields.email) {
        Ok(email) => email,
        Err(error) => {
            let errors = Errors::new().on("email", error.to_string());
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&fields.email, &errors)).into_response());
        }
    };
    count_mail(&resources, email.as_str(), &device).await?;
    resources.send(&Job::mail(MailJob::ResetPassword { email: email.as_str().to_owned() })).await?;
    Ok(check_mail::draw(email.as_str(), "to choose a new password").into_response())
}

fn draw(email: &str, errors: &Errors<'_>) -> Markup {
    let field = Field::email("email", "E-mail").value(email);
    let form = look::Form::post("/reset-password").body(html! {
        (field.focused().errors(errors))
        (Button::submit("Send the link").wide())
    });
    page::public("Choose a new password").errors(errors).body(html! {
        p { "We send you a link with which you choose a new password." }
        (form)
        p { a href="/login" { "Back to sign-in" } }
    })
}
