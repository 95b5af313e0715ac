//! GetQueueAttributes and SetQueueAttributes.

use serde::{Deserialize, Serialize};

use super::Queues;
use super::delete::Nothing;
use super::error::SqsError;
use super::names::{arn, name_in};
use super::queue::Queue;
use super::record::Record;
use super::redrive::invalid;
use super::settings::{Attributes, OBSERVED, Settings, configured, is_fifo, is_readable};
use super::state::State;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
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
pub(super) struct QueueAttributes {
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes,
}

impl Queues {
    pub(super) fn queue_attributes(&self, request: &GetQueueAttributes) -> Result<QueueAttributes, SqsError> {
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
        let durable = {
            let mut state = self.state();
            let mut attributes = state.named(name)?.attributes.clone();
            if request.attributes.contains_key("FifoQueue") && !is_fifo(&attributes) {
                return Err(SqsError::InvalidAttributeName("FifoQueue".into()));
            }
            attributes.extend(request.attributes);
            let settings = Settings::read(&attributes)?;
            check_dead_letter_queue(&mut state, name, &settings, &attributes)?;
            let record = reconfigure(state.named(name)?, attributes, settings, self.now_ms());
            self.record(&state, &record)
        };
        durable.await?;
        Ok(Nothing {})
    }
}

/// Steers a queue by other attributes and returns the record of it.
pub(super) fn reconfigure(queue: &mut Queue, attributes: Attributes, settings: Settings, now: i64) -> Record {
    queue.reconfigure(attributes.clone(), settings, now);
    queue.arrivals.notify_waiters();
    Record::AttributesSet { queue: queue.id, attributes, modified_ms: now }
}

/// A dead-letter queue has to be there, of the same kind, and willing.
pub(super) fn check_dead_letter_queue(
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
