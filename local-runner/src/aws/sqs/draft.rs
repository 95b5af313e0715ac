//! A message as a sender asks for it, and the rules that it has to meet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::error::SqsError;
use super::message::{
    AttributeValue, Message, MessageAttributes, check_attributes, check_body, digest, digest_attributes,
};
use super::send::Sent;
use super::settings::{FifoSettings, Settings};

/// The parameters of SendMessage and of an entry of its batch; the ones only one of them has are empty in the other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Draft {
    pub(super) queue_url: Option<String>,
    #[serde(default)]
    pub(super) id: String,
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: MessageAttributes,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, AttributeValue>,
    message_group_id: Option<Arc<str>>,
    message_deduplication_id: Option<String>,
}

/// A checked message.
pub(super) struct Ready {
    pub(super) message: Arc<Message>,
    pub(super) delay_ms: i64,
    pub(super) sent: Sent,
}

impl Draft {
    /// Its size as AWS counts it, whether valid or not.
    pub(super) fn bytes(&self) -> usize {
        let attribute = |(name, value): (&String, &AttributeValue)| {
            let binary = value.binary_value.as_ref().map_or(0, |text| text.len() / 4 * 3);
            name.len() + value.data_type.len() + value.string_value.as_ref().map_or(0, String::len) + binary
        };
        self.message_body.as_ref().map_or(0, String::len)
            + self.message_attributes.iter().map(attribute).sum::<usize>()
    }

    /// Checks it against the queue's settings; `now` becomes its time of sending.
    pub(super) fn prepare(self, settings: &Settings, now: i64) -> Result<Ready, SqsError> {
        let delay_ms = self.delay_ms(settings)?;
        let body = self.message_body.ok_or(SqsError::MissingParameter("MessageBody"))?;
        let bytes = check_body(&body)? + check_attributes(&self.message_attributes)?;
        if bytes > settings.max_bytes {
            return Err(SqsError::InvalidParameterValue(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                settings.max_bytes
            )));
        }
        let trace_header = check_system_attributes(&self.message_system_attributes)?;
        check_token("MessageGroupId", self.message_group_id.as_deref())?;
        check_token("MessageDeduplicationId", self.message_deduplication_id.as_deref())?;
        let deduplication = match settings.fifo {
            Some(_) if self.message_group_id.is_none() => {
                return Err(SqsError::MissingParameter("MessageGroupId"));
            }
            Some(fifo) => Some(deduplication_id(self.message_deduplication_id, fifo, &body)?),
            None if self.message_deduplication_id.is_some() => {
                return Err(SqsError::wrong_queue_type("MessageDeduplicationId"));
            }
            None => None,
        };
        let sent = Sent {
            id: None,
            message_id: uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string(),
            md5_of_body: digest(&body),
            md5_of_attributes: digest_attributes(&self.message_attributes),
            md5_of_system_attributes: digest_attributes(&self.message_system_attributes),
            sequence_number: None,
        };
        let message = Arc::new(Message {
            id: sent.message_id.clone(),
            body,
            attributes: self.message_attributes,
            trace_header,
            sent_ms: now,
            // Standard queues take a group id since July 2025 (fair queues). It changes which tenant is served first
            // when one has a backlog, and nothing that a handler sees.
            group: self.message_group_id,
            deduplication,
            dead_letter_source: None,
        });
        Ok(Ready { message, delay_ms, sent })
    }

    fn delay_ms(&self, settings: &Settings) -> Result<i64, SqsError> {
        match self.delay_seconds {
            None => Ok(settings.delay_ms),
            // The delay of a FIFO queue is the queue's; the SDKs of some languages always send 0.
            Some(0) if settings.fifo.is_some() => Ok(settings.delay_ms),
            Some(_) if settings.fifo.is_some() => Err(SqsError::wrong_queue_type("DelaySeconds")),
            Some(seconds) if (0..=900).contains(&seconds) => Ok(seconds * 1000),
            Some(seconds) => Err(SqsError::InvalidParameterValue(format!(
                "Value {seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
            ))),
        }
    }
}

/// The given id, or the SHA-256 of the body where the queue deduplicates by content.
fn deduplication_id(given: Option<String>, fifo: FifoSettings, body: &str) -> Result<String, SqsError> {
    match given {
        Some(id) => Ok(id),
        None if fifo.is_content_based => Ok(Sha256::digest(body).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })),
        None => Err(SqsError::InvalidParameterValue(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
            explicitly"
                .into(),
        )),
    }
}

/// Ids of groups, duplicates and attempts: 1 to 128 letters, digits and punctuation marks of ASCII.
pub(super) fn check_token(parameter: &str, value: Option<&str>) -> Result<(), SqsError> {
    let is_good = |text: &str| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte.is_ascii_punctuation())
    };
    match value {
        Some(text) if !is_good(text) => Err(SqsError::InvalidParameterValue(format!(
            "Value {text} for parameter {parameter} is invalid. Reason: {parameter} can only include alphanumeric and \
            punctuation characters. 1 to 128 in length."
        ))),
        _ => Ok(()),
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
    // Its size does not count towards the message's (API reference, "SendMessage").
    check_attributes(attributes)?;
    let Some(value) = attributes.values().next() else { return Ok(None) };
    if value.data_type != "String" {
        return Err(SqsError::InvalidParameterValue(
            "The type of message system attribute 'AWSTraceHeader' must be String.".into(),
        ));
    }
    Ok(value.string_value.clone())
}
