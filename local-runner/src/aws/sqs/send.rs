//! SendMessage and SendMessageBatch.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::batch::{BatchAnswer, check_ids};
use super::error::SqsError;
use super::message::{
    AttributeValue, Message, MessageAttributes, check_attributes, check_body, digest, digest_attributes,
};
use super::queue::Entry;
use super::record::{Record, Stored};
use super::settings::{MAX_MESSAGE_BYTES, Settings};
use super::{Queues, name_in};

/// What a single message and an entry of a batch have in common.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Draft {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: MessageAttributes,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, AttributeValue>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: Option<String>,
    #[serde(flatten)]
    draft: Draft,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessageBatch {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<BatchEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchEntry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    draft: Draft,
}

/// The answer for one message.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    #[serde(rename = "Id", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "MessageId")]
    message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_attributes: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_system_attributes: Option<String>,
}

/// A checked message.
struct Ready {
    message: Arc<Message>,
    delay_ms: i64,
    sent: Sent,
}

impl Queues {
    pub(super) async fn send_message(&self, request: SendMessage) -> Result<Sent, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let settings = self.state().named(name)?.settings.clone();
        let ready = prepare(request.draft, &settings, self.now_ms())?;
        let mut sent = self.enqueue(name, vec![ready]).await?;
        sent.pop().ok_or_else(|| SqsError::Internal("a message sent has an answer".into()))
    }

    pub(super) async fn send_message_batch(
        &self,
        request: SendMessageBatch,
    ) -> Result<BatchAnswer<Sent>, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let settings = self.state().named(name)?.settings.clone();
        check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
        let total: usize = request.entries.iter().map(|entry| entry.draft.bytes()).sum();
        if total > MAX_MESSAGE_BYTES {
            return Err(SqsError::BatchRequestTooLong(total));
        }
        let (mut answer, mut good) = (BatchAnswer::new(), Vec::new());
        for BatchEntry { id, draft } in request.entries {
            match prepare(draft, &settings, self.now_ms()) {
                Ok(mut ready) => {
                    ready.sent.id = Some(id);
                    good.push(ready);
                }
                Err(error) => answer.add(id, Err(error)),
            }
        }
        if !good.is_empty() {
            answer.successful = self.enqueue(name, good).await?;
        }
        Ok(answer)
    }

    /// Puts messages into the queue and returns once they are durable. They can be received even a little earlier,
    /// which at-least-once delivery allows: a sender that was told nothing sends again.
    async fn enqueue(&self, name: &str, messages: Vec<Ready>) -> Result<Vec<Sent>, SqsError> {
        let (durable, answers) = {
            let mut guard = self.state();
            let state = &mut *guard;
            let id = state.named(name)?.id;
            let (mut stored, mut answers) = (Vec::with_capacity(messages.len()), Vec::new());
            for Ready { message, delay_ms, sent } in messages {
                let sequence = state.next_sequence();
                let ready_ms = (delay_ms > 0).then_some(message.sent_ms + delay_ms);
                let queue = state.named(name)?;
                queue.insert(sequence, Entry::new(Arc::clone(&message), ready_ms));
                stored.push(Stored { sequence, message, ready_ms, receives: 0, first_received_ms: None });
                answers.push(sent);
            }
            state.named(name)?.arrivals.notify_waiters();
            (self.record(state, &Record::Sent { queue: id, messages: stored }), answers)
        };
        durable.await?;
        Ok(answers)
    }
}

impl Draft {
    /// Its size as AWS counts it, whether valid or not.
    fn bytes(&self) -> usize {
        let attribute = |(name, value): (&String, &AttributeValue)| {
            let binary = value.binary_value.as_ref().map_or(0, |text| text.len() / 4 * 3);
            name.len() + value.data_type.len() + value.string_value.as_ref().map_or(0, String::len) + binary
        };
        self.message_body.as_ref().map_or(0, String::len)
            + self.message_attributes.iter().map(attribute).sum::<usize>()
    }
}

fn prepare(draft: Draft, settings: &Settings, now: i64) -> Result<Ready, SqsError> {
    let body = draft.message_body.ok_or(SqsError::MissingParameter("MessageBody"))?;
    let bytes = check_body(&body)? + check_attributes(&draft.message_attributes)?;
    if bytes > settings.max_bytes {
        return Err(SqsError::InvalidParameterValue(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
            settings.max_bytes
        )));
    }
    if draft.message_deduplication_id.is_some() {
        return Err(SqsError::InvalidParameterValue(
            "The request include parameter that is not valid for this queue type".into(),
        ));
    }
    // Standard queues take a group id since July 2025 (fair queues). It changes which tenant is served first when
    // one has a backlog, and nothing that a handler sees.
    drop(draft.message_group_id);
    let trace_header = check_system_attributes(&draft.message_system_attributes)?;
    let sent = Sent {
        id: None,
        message_id: uuid::Uuid::new_v4().to_string(),
        md5_of_body: digest(&body),
        md5_of_attributes: digest_attributes(&draft.message_attributes),
        md5_of_system_attributes: digest_attributes(&draft.message_system_attributes),
    };
    let message = Arc::new(Message {
        id: sent.message_id.clone(),
        body,
        attributes: draft.message_attributes,
        trace_header,
        sent_ms: now,
        dead_letter_source: None,
    });
    Ok(Ready { message, delay_ms: delay_ms(draft.delay_seconds, settings)?, sent })
}

fn delay_ms(seconds: Option<i64>, settings: &Settings) -> Result<i64, SqsError> {
    match seconds {
        None => Ok(settings.delay_ms),
        Some(seconds) if (0..=900).contains(&seconds) => Ok(seconds * 1000),
        Some(seconds) => Err(SqsError::InvalidParameterValue(format!(
            "Value {seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
        ))),
    }
}

fn check_system_attributes(
    attributes: &BTreeMap<String, AttributeValue>,
) -> Result<Option<String>, SqsError> {
    if let Some(name) = attributes.keys().find(|name| *name != "AWSTraceHeader") {
        return Err(SqsError::InvalidParameterValue(format!(
            "Message system attribute name '{name}' is invalid."
        )));
    }
    check_attributes(attributes)?;
    Ok(attributes.values().next().and_then(|value| value.string_value.clone()))
}
