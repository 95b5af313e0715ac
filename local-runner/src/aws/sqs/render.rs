//! Received messages as JSON: which attributes their receiver wants to see, and what they say.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::super::ACCOUNT;
use super::entry::Entry;
use super::error::SqsError;
use super::message::{AttributeValue, digest, digest_attributes};
use super::queue::Sequence;
use super::receipt::Receipt;
use super::receive::ReceiveMessage;
use super::send::sequence_number;

#[derive(Serialize)]
struct ReceiveAnswer<'a> {
    #[serde(rename = "Messages", skip_serializing_if = "Vec::is_empty")]
    messages: Vec<ReceivedMessage<'a>>,
}

#[derive(Serialize)]
struct ReceivedMessage<'a> {
    #[serde(rename = "MessageId")]
    id: &'a str,
    #[serde(rename = "ReceiptHandle")]
    receipt_handle: String,
    #[serde(rename = "Body")]
    body: &'a str,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    #[serde(rename = "Attributes", skip_serializing_if = "Vec::is_empty", serialize_with = "map")]
    attributes: Vec<(&'static str, Cow<'a, str>)>,
    #[serde(rename = "MessageAttributes", skip_serializing_if = "Vec::is_empty", serialize_with = "map")]
    message_attributes: Vec<(&'a String, &'a AttributeValue)>,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<String>,
}

fn map<S: Serializer, K: Serialize, V: Serialize>(
    pairs: &[(K, V)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

/// The answer to a receive from the queue of this id.
pub(super) fn render(
    received: &[(Sequence, Entry)],
    queue: u64,
    wanted: &Wanted<'_>,
) -> Result<Vec<u8>, SqsError> {
    let messages = received.iter().map(|(sequence, entry)| {
        let receipt = Receipt { queue, sequence: *sequence, mark: entry.receipt.unwrap_or_default() };
        wanted.render(entry, receipt)
    });
    serde_json::to_vec(&ReceiveAnswer { messages: messages.collect() })
        .map_err(|error| SqsError::Internal(error.to_string()))
}

const SYSTEM_ATTRIBUTES: [&str; 9] = [
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

/// Which attributes the receiver wants to see.
pub(super) struct Wanted<'a> {
    system: Vec<&'static str>,
    message: &'a [String],
}

impl<'a> Wanted<'a> {
    pub(super) fn read(request: &'a ReceiveMessage) -> Result<Self, SqsError> {
        let asked = || request.attribute_names.iter().chain(&request.message_system_attribute_names);
        if let Some(unknown) =
            asked().find(|name| *name != "All" && !SYSTEM_ATTRIBUTES.contains(&name.as_str()))
        {
            return Err(SqsError::InvalidAttributeName(unknown.clone()));
        }
        let is_wanted = |known: &&str| asked().any(|name| name == "All" || name == known);
        let system = SYSTEM_ATTRIBUTES.into_iter().filter(is_wanted).collect();
        Ok(Self { system, message: &request.message_attribute_names })
    }

    fn render<'m>(&self, entry: &'m Entry, receipt: Receipt) -> ReceivedMessage<'m> {
        let message = &*entry.message;
        let chosen: Vec<_> = message.attributes.iter().filter(|(name, _)| self.wants(name)).collect();
        let attribute = |name: &&'static str| Some((*name, system_attribute(entry, receipt.sequence, name)?));
        ReceivedMessage {
            id: &message.id,
            receipt_handle: receipt.to_handle(),
            body: &message.body,
            md5_of_body: digest(&message.body),
            attributes: self.system.iter().filter_map(attribute).collect(),
            md5_of_message_attributes: digest_attributes(chosen.iter().copied()),
            message_attributes: chosen,
        }
    }

    /// `All` and `.*` want everything, `prefix.*` what begins so.
    fn wants(&self, name: &str) -> bool {
        self.message.iter().any(|wanted| match wanted.strip_suffix(".*") {
            _ if wanted == "All" => true,
            Some(prefix) => name.starts_with(prefix),
            None => wanted == name,
        })
    }
}

fn system_attribute<'m>(entry: &'m Entry, sequence: Sequence, name: &str) -> Option<Cow<'m, str>> {
    let message = &*entry.message;
    // On a FIFO queue only, and there always.
    let deduplication = message.deduplication.as_deref();
    match name {
        "SenderId" => Some(ACCOUNT.into()),
        "SentTimestamp" => Some(message.sent_ms.to_string().into()),
        "ApproximateReceiveCount" => Some(entry.receives.to_string().into()),
        "ApproximateFirstReceiveTimestamp" => entry.first_received_ms.map(|at| at.to_string().into()),
        "SequenceNumber" => deduplication.map(|_| sequence_number(sequence).into()),
        "MessageDeduplicationId" => deduplication.map(Cow::from),
        "MessageGroupId" => message.group.as_deref().map(Cow::from),
        "AWSTraceHeader" => message.trace_header.as_deref().map(Cow::from),
        "DeadLetterQueueSourceArn" => message.dead_letter_source.as_deref().map(Cow::from),
        _ => None,
    }
}
