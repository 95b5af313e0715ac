//! `GET` and `POST /sign-up/confirm`: makes the account of a sign-up whose address is confirmed, and signs in, to the
//! set-up.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{
    Device, Resources,
    browser::{Form, Parameters, Refusal},
};
use domain::identity::{CreateUserError, SessionEpoch, SignUp};
use look::Button;
use maud::html;

use super::{
    link::{Carried, Link},
    session,
};
use crate::page;

pub(crate) async fn show(
    State(resources): State<Resources>,
    Parameters(carried): Parameters<Carried>,
) -> Response {
    let pending: SignUp = match Link::SignUp.peek(&resources, &carried.token).await {
        Ok(pending) => pending,
        Err(page) => return page,
    };
    let text = format!("{} will be the address that you sign in with.", pending.email());
    let title = "Confirm your address";
    Link::SignUp.button(title, &text, "/sign-up/confirm", "Open my account", &carried.token).into_response()
}

pub(crate) async fn confirm(
    State(resources): State<Resources>,
    device: Device,
    Form(carried): Form<Carried>,
) -> Result<Response, Refusal> {
    let pending: SignUp = match Link::SignUp.take(&resources, &carried.token).await {
        Ok(pending) => pending,
        Err(page) => return Ok(page),
    };
    let address = Some(device.address.clone());
    match domain::identity::sign_up(&resources.database, &pending, address).await {
        Ok((_, user)) => {
            let new = (user, SessionEpoch::default());
            session::begin(&resources, new, "password", &device, "/welcome").await
        }
        Err(CreateUserError::EmailTaken(_)) => Ok(known().into_response()),
        Err(error) => Err(error.into()),
    }
}

/// Somebody signed up twice and confirmed both, or was invited meanwhile.
fn known() -> maud::Markup {
    page::public("You have an account already").body(html! {
        p { "This address was confirmed before. Sign in with it, or choose a new password." }
        p { (Button::link("Sign in", "/login")) " "
            (Button::link("Choose a new password", "/reset-password").secondary()) }
    })
}
