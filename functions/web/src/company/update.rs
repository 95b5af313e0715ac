//! `POST /settings/company`: replaces the details.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::{
    Failure, InputError,
    organizations::{Company, onboarding, update_company},
};
use http::StatusCode;
use serde::Deserialize;

use super::show::draw;
use crate::{member::OrganizationEditor, page};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    name: String,
    address_line1: String,
    postal_code: String,
    city: String,
    country: String,
    vat_number: String,
    iban: String,
}

pub(crate) async fn update(
    State(resources): State<Resources>,
    OrganizationEditor(mut member): OrganizationEditor,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let Fields { name, address_line1, postal_code, city, country, vat_number, iban } = fields;
    let typed = Company { name, address_line1, postal_code, city, country, vat_number, iban };
    let origin = member.origin();
    match update_company(&mut member.tx, &typed, &origin).await {
        Err(error @ InputError::Invalid(_)) => {
            let form = draw(&member.who, &typed, &page::errors(error.fields()), None);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
        other => other?,
    }
    // Whoever is in the middle of the set-up goes back to its list.
    let next =
        if onboarding(&mut member.tx).await?.is_over() { "/settings/company?saved=1" } else { "/welcome" };
    resources.commit(member.tx).await?;
    Ok(Redirect::to(next).into_response())
}
