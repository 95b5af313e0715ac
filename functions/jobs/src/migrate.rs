//! `migrate`: brings the schema up to date, before a new version serves.

use bootstrap::{
    Configuration,
    jobs::{JobError, Run},
};
use serde_json::{Value, json};

pub(crate) fn run(configuration: &Configuration, _event: Value) -> Run<'_> {
    Box::pin(async {
        let url = configuration.database_url.as_deref().unwrap_or_default();
        let migrations =
            domain::migrations::migrate(url).await.map_err(|error| JobError::Retry(error.to_string()))?;
        Ok(json!({ "migrations": migrations }))
    })
}
