//! `POST /settings/api-keys`: makes a key and shows its text, this once and on no other page.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::{
    Failure, InputError,
    api_keys::{create_api_key, list_api_keys},
};
use http::StatusCode;
use serde::Deserialize;

use super::list::{Extras, draw};
use crate::{member::ApiManager, page};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    name: String,
}

pub(crate) async fn create(
    State(resources): State<Resources>,
    ApiManager(mut member): ApiManager,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let (user, address) = (member.who.user, member.address.clone());
    let created = create_api_key(&mut member.tx, &fields.name, user, address).await;
    let keys = list_api_keys(&mut member.tx).await?;
    let secret = match created {
        Err(error @ InputError::Invalid(_)) => {
            let extras =
                Extras { name: &fields.name, errors: page::errors(error.fields()), ..Extras::default() };
            let page = draw(&resources, &member.who, &keys, &extras);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        other => other?,
    };
    resources.commit(member.tx).await?;
    let extras = Extras { secret: Some((fields.name.trim(), secret.expose())), ..Extras::default() };
    Ok((StatusCode::CREATED, draw(&resources, &member.who, &keys, &extras)).into_response())
}
