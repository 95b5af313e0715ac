//! `POST /organizations`: makes an organization, of which whoever asks is the owner, and goes on in it.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::organizations::{create_organization, organization_name};
use http::StatusCode;
use serde::Deserialize;

use super::{enter, list::draw};
use crate::{page, person::Person};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    organization: String,
}

pub(crate) async fn create(
    State(resources): State<Resources>,
    mut person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    // The form is drawn from the person's transaction, so it has to end before another one begins.
    if let Err(found) = organization_name(&fields.organization) {
        let form = draw(&mut person, &fields.organization, &page::errors(found.as_slice()), None).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
    }
    let Person { who, session, device, tx } = person;
    drop(tx);
    let created =
        create_organization(&resources.database, &fields.organization, who.user, Some(device.address));
    enter(&resources, &session, created.await?, "/welcome").await
}
