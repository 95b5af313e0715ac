//! `POST /invitation`: joins, as whoever is signed in, and goes on in the new organization.

use axum::{extract::State, response::Response};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::organizations::accept_invitation;
use serde::Deserialize;

use super::{refused, token};
use crate::{organizations::enter, person::Person};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    token: String,
}

pub(crate) async fn accept(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let Person { who, session, device, tx } = person;
    // Never two transactions at once.
    drop(tx);
    let accepted = match token(&fields.token) {
        Ok(token) => accept_invitation(&resources.database, &token, who.user, Some(device.address)).await,
        Err(error) => Err(error),
    };
    match accepted {
        Ok(accepted) => enter(&resources, &session, accepted.organization, "/dashboard").await,
        Err(error) => refused(error),
    }
}
