//! `purge-organizations`: removes files and rows of organizations whose 30 days were over at the fire time. Each is a
//! transaction of its own, and one that is gone is gone: a fire that comes twice finds nothing. Exports that did not come
//! about are made again: without one nothing is ever purged.

use bootstrap::{
    OperatorResources,
    jobs::{JobError, Run},
};
use chrono::{DateTime, Utc};
use domain::{
    organizations::{file_prefixes, organizations_to_purge, purge_organization, stuck_exports},
    outbox::OutboxMessage,
};
use serde_json::{Value, json};

/// Organizations per fire: the next one goes on.
const BATCH: i64 = 100;

pub(crate) fn run(resources: &OperatorResources, fire_time: DateTime<Utc>) -> Run<'_> {
    Box::pin(purge(resources, fire_time))
}

async fn purge(resources: &OperatorResources, fire_time: DateTime<Utc>) -> Result<Value, JobError> {
    let failed = |error| JobError::from_failure(&error);
    let mut tx = resources.database.across_tenants().await.map_err(failed)?;
    let due = organizations_to_purge(&mut tx, fire_time, BATCH).await.map_err(failed)?;
    let stuck = stuck_exports(&mut tx, fire_time, BATCH).await.map_err(failed)?;
    drop(tx);
    let messages: Result<Vec<_>, _> = stuck.iter().map(|job| OutboxMessage::new(job, fire_time)).collect();
    let exports = resources.queues.send(&messages.map_err(failed)?).await.len();
    let (mut purged, mut files) = (0, 0);
    for organization in due {
        for prefix in file_prefixes(organization) {
            let deleted = resources.files.delete_all(&prefix).await;
            files += deleted.map_err(|error| JobError::from_failure(&error))?;
        }
        let mut tx = resources.database.across_tenants().await.map_err(failed)?;
        let gone = purge_organization(&mut tx, organization, fire_time).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        purged += usize::from(gone);
        tracing::info!(%organization, gone, "organization purged");
    }
    Ok(json!({ "purged": purged, "files": files, "exports": exports }))
}
