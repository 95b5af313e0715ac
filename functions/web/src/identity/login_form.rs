//! `GET /login`: the form, which a refused login shows again.

use axum::response::{IntoResponse, Response};
use bootstrap::browser;
use look::{Button, Errors, Field, Form, Notice};
use maud::{Markup, html};
use serde::Deserialize;

use crate::page;

/// Where to go after the login, and why the page is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    next: String,
    signed_out: Option<String>,
    confirmed: Option<String>,
    new_password: Option<String>,
    deleted: Option<String>,
}

/// The form's fields as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    pub(super) email: String,
    pub(super) password: String,
    pub(super) next: String,
}

pub(crate) async fn show(browser::Parameters(parameters): browser::Parameters<Parameters>) -> Response {
    let notice = if parameters.signed_out.is_some() {
        Some(Notice::success("You are signed out."))
    } else if parameters.confirmed.is_some() {
        Some(Notice::success("Your e-mail address is confirmed. Sign in with it."))
    } else if parameters.deleted.is_some() {
        Some(Notice::success("Your account was deleted."))
    } else if parameters.new_password.is_some() {
        Some(Notice::success("Your new password is saved. Sign in with it."))
    } else {
        (!parameters.next.is_empty())
            .then(|| Notice::info("Sign in to go on to the page that you asked for."))
    };
    let fields = Fields { next: parameters.next, ..Fields::default() };
    draw(&fields, &Errors::new(), notice).into_response()
}

/// The form with what was typed, but for the password.
pub(super) fn draw(fields: &Fields, errors: &Errors<'_>, notice: Option<Notice<'_>>) -> Markup {
    let email = Field::email("email", "E-mail");
    let email = if errors.is_empty() { email.focused() } else { email };
    let form = Form::post("/login").hidden("next", fields.next.as_str()).body(html! {
        (email.value(fields.email.as_str()).errors(errors))
        (Field::password("password", "Password").errors(errors))
        (Button::submit("Sign in").wide())
    });
    let passkey = match fields.next.as_str() {
        "" => "/login/passkey".to_owned(),
        next => format!("/login/passkey?next={}", browser::encode(next)),
    };
    page::public("Sign in").errors(errors).notice(notice).body(html! {
        (form)
        p { a href=(passkey) { "Sign in with a passkey" } }
        p { a href="/reset-password" { "Forgot your password?" } }
        p { "New to Velox? " a href="/sign-up" { "Create an account" } }
    })
}
