//! TagQueue, UntagQueue, ListQueueTags: kept and given back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Queues;
use super::delete::Nothing;
use super::error::SqsError;
use super::manage::OneQueue;
use super::names::name_in;
use super::record::Record;

/// Tags of a queue, by key.
pub(super) type Tags = BTreeMap<String, String>;

/// The most tags of a queue (developer guide, "Amazon SQS standard queue quotas").
const MAX_TAGS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagQueue {
    queue_url: Option<String>,
    tags: Option<Tags>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagQueue {
    queue_url: Option<String>,
    tag_keys: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueTags {
    #[serde(skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
}

impl Queues {
    pub(super) async fn tag_queue(&self, request: TagQueue) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let tags = request.tags.ok_or(SqsError::MissingParameter("Tags"))?;
        self.change_tags(name, |present| present.extend(tags)).await
    }

    pub(super) async fn untag_queue(&self, request: UntagQueue) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let keys = request.tag_keys.ok_or(SqsError::MissingParameter("TagKeys"))?;
        self.change_tags(name, |present| present.retain(|key, _| !keys.contains(key))).await
    }

    pub(super) fn queue_tags(&self, request: &OneQueue) -> Result<QueueTags, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        Ok(QueueTags { tags: self.state().named(name)?.tags.clone() })
    }

    async fn change_tags(&self, name: &str, change: impl FnOnce(&mut Tags)) -> Result<Nothing, SqsError> {
        let durable = {
            let mut state = self.state();
            let queue = state.named(name)?;
            let mut tags = queue.tags.clone();
            change(&mut tags);
            check_tags(name, &tags)?;
            queue.tags = tags.clone();
            let record = Record::Tagged { queue: queue.id, tags };
            self.record(&state, &record)
        };
        durable.await?;
        Ok(Nothing {})
    }
}

/// At most 50 tags; keys of 1 to 128 characters, values of up to 256.
pub(super) fn check_tags(queue: &str, tags: &Tags) -> Result<(), SqsError> {
    if tags.len() > MAX_TAGS {
        return Err(SqsError::InvalidParameterValue(format!("Too many tags added for queue {queue}.")));
    }
    for (key, value) in tags {
        if !(1..=128).contains(&key.chars().count()) || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(SqsError::InvalidParameterValue(
                "Tag keys must be between 1 and 128 characters in length and must not start with aws:."
                    .into(),
            ));
        }
        if value.chars().count() > 256 {
            return Err(SqsError::InvalidParameterValue(
                "Tag values must be between 0 and 256 characters in length.".into(),
            ));
        }
    }
    Ok(())
}
