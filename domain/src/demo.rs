//! The demo organization of the local runner: something to sign in to within a minute of a clone.
//!
//! Called by the function `seed-demo`, which the catalogue keeps out of every environment but the local one.

use serde::Serialize;

use crate::{
    Database, InputError, StorageError,
    api_keys::create_api_key,
    audit::Origin,
    customers::{CreateCustomerError, CustomerInput, create_customer},
    identity::{CreateUserError, SignUp, sign_up},
};

const EMAIL: &str = "demo@velox.example";
const PASSWORD: &str = "velox demo password";

/// How to use the demo organization.
#[derive(Debug, Serialize)]
pub struct Demo {
    /// Its name.
    pub organization: &'static str,
    /// Login of its owner, who is staff as well.
    pub email: &'static str,
    /// Their password.
    pub password: &'static str,
    /// A new key of the API; none when the organization was there already.
    pub api_key: Option<String>,
}

/// Why there is no demo organization.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each names the step that failed")]
pub enum SeedError {
    #[error("the demo data breaks a rule of its own: {0:?}")]
    Invalid(crate::FieldErrors),
    #[error(transparent)]
    SignUp(#[from] CreateUserError),
    #[error(transparent)]
    ApiKey(#[from] InputError),
    #[error(transparent)]
    Customer(#[from] CreateCustomerError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Makes the demo organization unless it is there.
///
/// # Errors
/// See [`SeedError`]; the parts that are done stay.
pub async fn seed(db: &Database) -> Result<Demo, SeedError> {
    let mut demo = Demo { organization: "Demo GmbH", email: EMAIL, password: PASSWORD, api_key: None };
    let checked =
        SignUp::check(demo.organization, "Dana Demo", EMAIL, PASSWORD).await.map_err(SeedError::Invalid)?;
    let (organization, owner) = match sign_up(db, &checked, None).await {
        Err(CreateUserError::EmailTaken(_)) => return Ok(demo),
        other => other?,
    };
    let mut tx = db.tenant(organization).await?;
    let secret = create_api_key(&mut tx, "Demo", owner, None).await?;
    for customer in customers() {
        create_customer(&mut tx, &customer, &Origin::system()).await?;
    }
    let _none = tx.commit().await?;
    demo.api_key = Some(secret.expose().to_owned());
    Ok(demo)
}

pub(crate) fn customers() -> impl Iterator<Item = CustomerInput> {
    let rows = [
        ("Alpenblick Hotel AG", "rechnung@alpenblick.example", "Seestraße 4", "6004", "Luzern", "CH", "CHF"),
        ("Boulangerie Petit & Fils", "compta@petit.example", "12 rue du Four", "69002", "Lyon", "FR", "EUR"),
        ("Kōbō Design KK", "keiri@kobo.example", "2-1 Umeda", "530-0001", "大阪市", "JP", "JPY"),
        ("Nordlys Logistikk AS", "faktura@nordlys.example", "Havnegata 9", "7010", "Trondheim", "NO", "NOK"),
        (
            "Quayside Robotics Ltd",
            "accounts@quayside.example",
            "3 Wharf Road",
            "LS1 4DY",
            "Leeds",
            "GB",
            "GBP",
        ),
    ];
    rows.into_iter().map(|(name, email, address, postal_code, city, country, currency)| CustomerInput {
        name: name.to_owned(),
        email: email.to_owned(),
        address_line1: address.to_owned(),
        postal_code: postal_code.to_owned(),
        city: city.to_owned(),
        country: country.to_owned(),
        currency: currency.to_owned(),
        ..CustomerInput::default()
    })
}
