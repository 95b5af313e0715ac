//! `GET` and `POST /confirm-new-email`: the new address of an account is confirmed, at that address. The old one is
//! told by mail, and everybody signs in anew.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Device, Resources,
    browser::{Form, Parameters, Refusal},
};
use domain::{
    UserId,
    audit::{Actor, Origin},
    identity::{ChangeError, Email, change_email},
};
use http::StatusCode;
use look::Button;
use maud::html;

use super::link::{Carried, Link};
use crate::page;

pub(crate) async fn show(
    State(resources): State<Resources>,
    Parameters(carried): Parameters<Carried>,
) -> Response {
    let (_, email): (UserId, String) = match Link::NewEmail.peek(&resources, &carried.token).await {
        Ok(payload) => payload,
        Err(page) => return page,
    };
    let text = format!("{email} will be the address that you sign in with. You are signed out everywhere.");
    let title = "Use a new address";
    Link::NewEmail
        .button(title, &text, "/confirm-new-email", "Use this address", &carried.token)
        .into_response()
}

pub(crate) async fn confirm(
    State(resources): State<Resources>,
    device: Device,
    Form(carried): Form<Carried>,
) -> Result<Response, Refusal> {
    let (user, email): (UserId, String) = match Link::NewEmail.take(&resources, &carried.token).await {
        Ok(payload) => payload,
        Err(page) => return Ok(page),
    };
    let Ok(email) = Email::parse(&email) else { return Ok(taken()) };
    let mut tx = resources.database.identity(user).await?;
    let origin = Origin::of(Actor::User(user), Some(device.address));
    match change_email(&mut tx, &email, &origin).await {
        Err(ChangeError::EmailTaken) => return Ok(taken()),
        other => other?,
    }
    resources.commit_for_person(tx).await?;
    resources.sessions.end_all(user, None).await?;
    Ok(Redirect::to("/login?confirmed=1").into_response())
}

/// It got an account of its own meanwhile: whoever opened the link reads the mail of that address.
fn taken() -> Response {
    let page = page::public("This address has an account already").body(html! {
        p { "It cannot be used for a second one. Choose another address, or sign in with this one." }
        p { (Button::link("Sign in", "/login")) }
    });
    (StatusCode::CONFLICT, page).into_response()
}
