//! `relay-outbox`: sends the jobs that a crash, or a queue that did not answer, left in the outbox.

use bootstrap::{
    OperatorResources,
    jobs::{JobError, Run},
};
use chrono::{DateTime, Utc};
use domain::outbox;
use serde_json::{Value, json};

/// Messages per transaction.
const BATCH: i64 = 100;

pub(crate) fn run(resources: &OperatorResources, fire_time: DateTime<Utc>) -> Run<'_> {
    Box::pin(relay(resources, fire_time))
}

/// Sending twice does no harm, so a repeated fire is not told from a first one.
async fn relay(resources: &OperatorResources, fire_time: DateTime<Utc>) -> Result<Value, JobError> {
    let mut relayed = 0;
    loop {
        let failed = |error| JobError::from_failure(&error);
        let mut tx = resources.database.across_tenants().await.map_err(failed)?;
        let messages = outbox::unsent(&mut tx, fire_time, BATCH).await.map_err(failed)?;
        if messages.is_empty() {
            return Ok(json!({ "relayed": relayed }));
        }
        let sent = resources.queues.send(&messages).await;
        outbox::settle_across_tenants(&mut tx, &sent).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        if sent.len() < messages.len() {
            return Err(JobError::Retry(format!(
                "queues took {} of {} messages",
                sent.len(),
                messages.len()
            )));
        }
        relayed += sent.len();
    }
}
