//! `POST /settings/allow-list`: replaces the list.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::{Failure, InputError, organizations::update_allow_list};
use http::StatusCode;
use serde::Deserialize;

use super::show::draw;
use crate::{member::ApiManager, page};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    allowed_ips: String,
}

pub(crate) async fn update(
    State(resources): State<Resources>,
    ApiManager(mut member): ApiManager,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let origin = member.origin();
    match update_allow_list(&mut member.tx, &fields.allowed_ips, &origin).await {
        Err(error @ InputError::Invalid(_)) => {
            let errors = page::errors(error.fields());
            let form = draw(&member.who, member.address.as_deref(), &fields.allowed_ips, &errors, None);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
        other => other?,
    };
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/settings/allow-list?saved=1").into_response())
}
