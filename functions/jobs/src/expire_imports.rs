//! `expire-imports`: ends imports that nobody works on any more.

use bootstrap::{
    OperatorResources,
    jobs::{JobError, Run},
};
use chrono::{DateTime, Utc};
use domain::{
    imports,
    job_runs::{self, Begun},
};
use serde_json::{Value, json};

const JOB: &str = "expire-imports";

pub(crate) fn run(resources: &OperatorResources, fire_time: DateTime<Utc>) -> Run<'_> {
    Box::pin(expire(resources, fire_time))
}

async fn expire(resources: &OperatorResources, fire_time: DateTime<Utc>) -> Result<Value, JobError> {
    let failed = |error| JobError::from_failure(&error);
    let key = fire_time.to_rfc3339();
    let mut tx = resources.database.across_tenants().await.map_err(failed)?;
    if let Begun::Finished(result) = job_runs::begin(&mut tx, JOB, &key).await.map_err(failed)? {
        return Ok(result);
    }
    let expired = imports::expire_imports(&mut tx, fire_time).await.map_err(failed)?;
    let result = json!({ "expired": expired });
    job_runs::finish(&mut tx, JOB, &key, &result).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    Ok(result)
}
