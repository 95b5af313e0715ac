//! Queues themselves: create, find, list, configure, purge, delete.

use serde::{Deserialize, Serialize};

use super::Queues;
use super::delete::Nothing;
use super::error::SqsError;
use super::names::{arn, check_queue_name, name_in, url};
use super::queue::Queue;
use super::record::Record;
use super::redrive::invalid;
use super::settings::{Attributes, OBSERVED, Settings, configured, is_fifo, is_readable};
use super::state::State;

/// How long after a purge the next one is refused, in ms.
const PURGE_PAUSE_MS: i64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    queue_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    queue_name_prefix: Option<String>,
    max_results: Option<usize>,
    /// The last name of the page before.
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetQueueAttributes {
    queue_url: Option<String>,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    queue_url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrls {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueAttributes {
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes,
}

impl Queues {
    pub(super) async fn create_queue(&self, request: CreateQueue, host: &str) -> Result<QueueUrl, SqsError> {
        let name = request.queue_name.ok_or(SqsError::MissingParameter("QueueName"))?;
        let settings = Settings::read(&request.attributes)?;
        check_queue_name(&name, settings.fifo.is_some())?;
        let durable = {
            let mut state = self.state();
            if let Ok(existing) = state.named(&name) {
                check_same(existing, &request.attributes)?;
                self.journal.settled()
            } else {
                check_dead_letter_queue(&mut state, &name, &settings, &request.attributes)?;
                let record = state.create(&name, request.attributes, settings, self.now_ms());
                self.record(&state, &record)
            }
        };
        durable.await?;
        Ok(QueueUrl { queue_url: url(host, &name) })
    }

    pub(super) fn queue_url(&self, request: &GetQueueUrl, host: &str) -> Result<QueueUrl, SqsError> {
        let name = request.queue_name.as_deref().ok_or(SqsError::MissingParameter("QueueName"))?;
        self.state().named(name)?;
        Ok(QueueUrl { queue_url: url(host, name) })
    }

    pub(super) fn list_queues(&self, request: &ListQueues, host: &str) -> Result<QueueUrls, SqsError> {
        let limit = request.max_results.unwrap_or(1000);
        if !(1..=1000).contains(&limit) {
            return Err(SqsError::InvalidParameterValue(
                "Value for parameter MaxResults is invalid. Reason: Must be >= 1 and <= 1000.".into(),
            ));
        }
        let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
        let after = request.next_token.as_deref().unwrap_or_default();
        let mut names = self.names();
        names.retain(|name| name.starts_with(prefix) && name.as_str() > after);
        let more = names.len() > limit;
        names.truncate(limit);
        // A page token comes only to those who ask for pages.
        let next_token = (more && request.max_results.is_some()).then(|| names.last().cloned()).flatten();
        Ok(QueueUrls { queue_urls: names.iter().map(|name| url(host, name)).collect(), next_token })
    }

    pub(super) fn queue_attributes(&self, request: &OneQueue) -> Result<QueueAttributes, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let now = self.now_ms();
        let mut state = self.state();
        let queue = state.named(name)?;
        let asked = &request.attribute_names;
        if let Some(unknown) = asked.iter().find(|name| !is_readable(name)) {
            return Err(SqsError::InvalidAttributeName(unknown.clone()));
        }
        let mut attributes = configured(&queue.attributes);
        attributes.extend(observed(queue, now));
        attributes.retain(|name, _| asked.iter().any(|wanted| wanted == "All" || wanted == name));
        Ok(QueueAttributes { attributes })
    }

    pub(super) async fn set_queue_attributes(
        &self,
        request: SetQueueAttributes,
    ) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let now = self.now_ms();
        let durable = {
            let mut state = self.state();
            let mut attributes = state.named(name)?.attributes.clone();
            if request.attributes.contains_key("FifoQueue") && !is_fifo(&attributes) {
                return Err(SqsError::InvalidAttributeName("FifoQueue".into()));
            }
            attributes.extend(request.attributes);
            let settings = Settings::read(&attributes)?;
            check_dead_letter_queue(&mut state, name, &settings, &attributes)?;
            let queue = state.named(name)?;
            queue.reconfigure(attributes.clone(), settings, now);
            queue.arrivals.notify_waiters();
            let record = Record::AttributesSet { queue: queue.id, attributes, modified_ms: now };
            self.record(&state, &record)
        };
        durable.await?;
        Ok(Nothing {})
    }

    pub(super) async fn delete_queue(&self, request: &OneQueue) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let durable = {
            let mut state = self.state();
            let record = state.remove(name)?;
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
            let record = Record::Purged { queue: queue.id };
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

/// A dead-letter queue has to be there, of the same kind, and willing.
fn check_dead_letter_queue(
    state: &mut State,
    source: &str,
    settings: &Settings,
    attributes: &Attributes,
) -> Result<(), SqsError> {
    let Some(redrive) = &settings.redrive else { return Ok(()) };
    let policy = attributes.get("RedrivePolicy").map_or("", String::as_str);
    let invalid = |reason: &str| Err(invalid("RedrivePolicy", policy, reason));
    let Ok(target) = state.named(&redrive.queue) else {
        return invalid("Dead letter target does not exist.");
    };
    if target.settings.fifo.is_some() != settings.fifo.is_some() {
        return invalid("Dead-letter queue must be same type of queue as the source.");
    }
    if !target.settings.allow.allows(&arn(source)) {
        return invalid("The RedriveAllowPolicy of the dead-letter queue does not allow this source queue.");
    }
    Ok(())
}

fn observed(queue: &mut Queue, now: i64) -> Attributes {
    let counts = queue.counts(now);
    let values = [
        arn(&queue.name),
        (queue.created_ms / 1000).to_string(),
        (queue.modified_ms / 1000).to_string(),
        counts.ready.to_string(),
        counts.in_flight.to_string(),
        counts.delayed.to_string(),
    ];
    OBSERVED.iter().map(|name| (*name).to_owned()).zip(values).collect()
}
