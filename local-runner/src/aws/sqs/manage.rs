//! Queues themselves: CreateQueue, DeleteQueue, PurgeQueue.

use serde::Deserialize;

use super::Queues;
use super::attributes::check_dead_letter_queue;
use super::delete::Nothing;
use super::error::SqsError;
use super::listing::QueueUrl;
use super::names::{check_queue_name, name_in, url};
use super::queue::Queue;
use super::record::Record;
use super::settings::{Attributes, Settings, configured};
use super::tags::{Tags, check_tags};

/// How long after a purge the next one is refused, in ms.
const PURGE_PAUSE_MS: i64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default, rename = "tags", alias = "Tags")]
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    pub(super) queue_url: Option<String>,
}

impl Queues {
    pub(super) async fn create_queue(&self, request: CreateQueue, host: &str) -> Result<QueueUrl, SqsError> {
        let name = request.queue_name.ok_or(SqsError::MissingParameter("QueueName"))?;
        let settings = Settings::read(&request.attributes)?;
        check_queue_name(&name, settings.fifo.is_some())?;
        check_tags(&name, &request.tags)?;
        let durable = {
            let mut state = self.state();
            if let Ok(existing) = state.named(&name) {
                check_same(existing, &request.attributes)?;
                self.journal.settled()
            } else {
                let now = self.now_ms();
                state.check_not_deleted_recently(&name, now)?;
                check_dead_letter_queue(&mut state, &name, &settings, &request.attributes)?;
                let record = state.create(&name, request.attributes, request.tags, settings, now);
                self.record(&state, &record)
            }
        };
        durable.await?;
        Ok(QueueUrl { queue_url: url(host, &name) })
    }

    pub(super) async fn delete_queue(&self, request: &OneQueue) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let durable = {
            let mut state = self.state();
            let record = state.remove(name, self.now_ms())?;
            self.record(&state, &record)
        };
        durable.await?;
        Ok(Nothing {})
    }

    pub(super) async fn purge_queue(&self, request: &OneQueue) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let now = self.now_ms();
        let durable = {
            let mut state = self.state();
            let queue = state.named(name)?;
            if queue.purged_ms.is_some_and(|before| now < before + PURGE_PAUSE_MS) {
                return Err(SqsError::PurgeQueueInProgress(format!(
                    "Only one PurgeQueue operation on {name} is allowed every 60 seconds."
                )));
            }
            queue.clear();
            queue.purged_ms = Some(now);
            let record = Record::Purged { queue: queue.id, at_ms: now };
            self.record(&state, &record)
        };
        durable.await?;
        Ok(Nothing {})
    }
}

/// Creating a queue again is fine with the attributes that it has.
fn check_same(existing: &Queue, asked: &Attributes) -> Result<(), SqsError> {
    let present = configured(&existing.attributes);
    match asked.iter().find(|(name, value)| present.get(*name) != Some(value)) {
        None => Ok(()),
        Some((name, _)) => Err(SqsError::QueueNameExists(format!(
            "A queue already exists with the same name and a different value for attribute {name}"
        ))),
    }
}
