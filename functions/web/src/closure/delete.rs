//! `POST /settings/deletion`: closes the organization and has its export made.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::{
    Failure,
    organizations::{DeletionError, request_deletion},
};
use http::StatusCode;
use serde::Deserialize;

use super::form::draw;
use crate::{member::Owner, page};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    name: String,
}

pub(crate) async fn delete(
    State(resources): State<Resources>,
    Owner(mut member): Owner,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let (by, origin) = (member.who.user, member.origin());
    match request_deletion(&mut member.tx, by, &fields.name, &origin).await {
        Err(error @ DeletionError::Name(_)) => {
            let form = draw(&member.who, &fields.name, &page::errors(error.fields()));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
        other => other?,
    }
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/closed").into_response())
}
