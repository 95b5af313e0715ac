//! `grant-staff`: lets an account use the admin console. Event: `{"email": "…"}`.

use bootstrap::{
    Configuration,
    jobs::{JobError, Run},
};
use serde_json::{Value, json};

pub(crate) fn run(configuration: &Configuration, event: Value) -> Run<'_> {
    Box::pin(async move {
        let email = event["email"].as_str().unwrap_or_default();
        let url = configuration.database_url.as_deref().unwrap_or_default();
        let granted = domain::identity::grant_staff(url, email).await;
        match granted.map_err(|error| JobError::Retry(error.to_string()))? {
            true => Ok(json!({ "granted": true })),
            false => Err(JobError::Retry(format!("there is no account with the address {email:?}"))),
        }
    })
}
