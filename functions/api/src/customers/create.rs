//! `POST /v1/customers`: creates a customer.

use axum::{Json as JsonAnswer, extract::State};
use bootstrap::Resources;
use domain::customers::{Customer, CustomerInput, create_customer};
use http::StatusCode;
use serde::Deserialize;

use crate::{body::Json, caller::Caller, problem::Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    name: String,
    email: String,
    country: String,
    currency: String,
    #[serde(default)]
    vat_number: Option<String>,
    #[serde(default)]
    address_line1: String,
    #[serde(default)]
    postal_code: String,
    #[serde(default)]
    city: String,
    /// Days; 30 when left out.
    #[serde(default)]
    payment_terms_days: Option<i64>,
    #[serde(default)]
    reference: String,
}

impl From<Input> for CustomerInput {
    fn from(input: Input) -> Self {
        Self {
            name: input.name,
            email: input.email,
            vat_number: input.vat_number.unwrap_or_default(),
            address_line1: input.address_line1,
            postal_code: input.postal_code,
            city: input.city,
            country: input.country,
            currency: input.currency,
            payment_terms_days: input.payment_terms_days.map(|days| days.to_string()).unwrap_or_default(),
            reference: input.reference,
        }
    }
}

pub(crate) async fn create(
    State(resources): State<Resources>,
    Caller(mut caller): Caller,
    Json(input): Json<Input>,
) -> Result<(StatusCode, JsonAnswer<Customer>), Problem> {
    let origin = caller.origin();
    let customer = create_customer(&mut caller.tx, &input.into(), &origin).await?;
    resources.commit(caller.tx).await?;
    Ok((StatusCode::CREATED, JsonAnswer(customer)))
}
