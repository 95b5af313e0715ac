//! `seed-demo`: the local runner's demo organization.

use bootstrap::{
    Resources,
    jobs::{JobError, Run},
};
use serde_json::{Value, json};

pub(crate) fn run(resources: &Resources, _event: Value) -> Run<'_> {
    Box::pin(async {
        let demo = domain::demo::seed(&resources.database).await;
        Ok(json!(demo.map_err(|error| JobError::Retry(error.to_string()))?))
    })
}
