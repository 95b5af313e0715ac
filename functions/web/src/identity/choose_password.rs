//! `GET` and `POST /reset-password/choose`: the new password, with the link from the mail. All sessions end.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Device, Resources, Secret,
    browser::{Form, Parameters, Refusal},
};
use domain::{
    UserId,
    audit::{Actor, Origin},
    identity::{hash, set_password},
};
use http::StatusCode;
use look::{Button, Errors, Field};
use maud::{Markup, html};
use serde::Deserialize;

use super::link::{Carried, Link};
use crate::page;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    token: Secret,
    password: String,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    Parameters(carried): Parameters<Carried>,
) -> Response {
    match Link::Password.peek::<UserId>(&resources, &carried.token).await {
        Ok(_) => draw(&carried.token, &Errors::new()).into_response(),
        Err(page) => page,
    }
}

pub(crate) async fn choose(
    State(resources): State<Resources>,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    // A forged link is told before a password is judged.
    if let Err(page) = Link::Password.peek::<UserId>(&resources, &fields.token).await {
        return Ok(page);
    }
    let hash = match hash(&fields.password, &[]).await {
        Ok(hash) => hash,
        Err(error) => {
            let errors = Errors::new().on("password", error.to_string());
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&fields.token, &errors)).into_response());
        }
    };
    let user: UserId = match Link::Password.take(&resources, &fields.token).await {
        Ok(user) => user,
        Err(page) => return Ok(page),
    };
    let mut tx = resources.database.identity(user).await?;
    let origin = Origin::of(Actor::User(user), Some(device.address));
    set_password(&mut tx, &hash, true, &origin).await?;
    resources.commit_for_person(tx).await?;
    resources.sessions.end_all(user, None).await?;
    Ok(Redirect::to("/login?new_password=1").into_response())
}

fn draw(token: &Secret, errors: &Errors<'_>) -> Markup {
    let form = look::Form::post("/reset-password/choose").hidden("token", token.expose()).body(html! {
        (Field::new_password("password", "New password").hint("At least 10 characters. A sentence works well.")
            .focused().errors(errors))
        (Button::submit("Save password").wide())
    });
    page::public("Choose a new password").errors(errors).body(html! {
        p { "You are signed out everywhere when it is saved." }
        (form)
    })
}
