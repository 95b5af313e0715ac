//! `GET` and `POST /confirm-email`: the address of an account that somebody else made is confirmed.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Parameters, Refusal},
};
use domain::UserId;

use super::link::{Carried, Link};

pub(crate) async fn show(
    State(resources): State<Resources>,
    Parameters(carried): Parameters<Carried>,
) -> Response {
    let (_, email): (UserId, String) = match Link::Email.peek(&resources, &carried.token).await {
        Ok(payload) => payload,
        Err(page) => return page,
    };
    let text = format!("{email} is the address that you sign in with.");
    let title = "Confirm your address";
    Link::Email.button(title, &text, "/confirm-email", "Confirm the address", &carried.token).into_response()
}

pub(crate) async fn confirm(
    State(resources): State<Resources>,
    Form(carried): Form<Carried>,
) -> Result<Response, Refusal> {
    let (user, email): (UserId, String) = match Link::Email.take(&resources, &carried.token).await {
        Ok(payload) => payload,
        Err(page) => return Ok(page),
    };
    let mut tx = resources.database.identity(user).await?;
    domain::identity::confirm_email(&mut tx, &email).await?;
    resources.commit_for_person(tx).await?;
    Ok(Redirect::to("/login?confirmed=1").into_response())
}
