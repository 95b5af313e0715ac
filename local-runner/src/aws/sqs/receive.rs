//! ReceiveMessage, with short and long polling.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::super::ACCOUNT;
use super::error::SqsError;
use super::message::{AttributeValue, MessageAttributes, digest, digest_attributes};
use super::queue::{Entry, Sequence};
use super::receipt::Receipt;
use super::record::Record;
use super::{Queues, name_in};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    wait_time_seconds: Option<i64>,
    visibility_timeout: Option<i64>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
    /// The older name of the next one.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<ReceivedMessage>,
}

#[derive(Debug, Serialize)]
struct ReceivedMessage {
    #[serde(rename = "MessageId")]
    id: String,
    #[serde(rename = "ReceiptHandle")]
    receipt_handle: String,
    #[serde(rename = "Body")]
    body: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    #[serde(rename = "Attributes", skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(rename = "MessageAttributes", skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: MessageAttributes,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<String>,
}

/// A request within its ranges.
struct Ask {
    limit: usize,
    visibility_ms: Option<i64>,
    wait_s: Option<i64>,
}

impl Queues {
    pub(super) async fn receive_message(&self, request: ReceiveMessage) -> Result<ReceiveAnswer, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let wanted = Wanted::read(&request)?;
        let ask = Ask::read(&request)?;
        let default_wait = self.state().named(name)?.settings.wait_s;
        let deadline = self.now_ms() + ask.wait_s.unwrap_or(default_wait) * 1000;
        let mut closing = self.closing.subscribe();
        loop {
            let arrivals = self.state().named(name)?.arrivals.clone();
            let arrival = arrivals.notified();
            tokio::pin!(arrival);
            // Registered before looking, so that a message that comes in between wakes it.
            arrival.as_mut().enable();
            let messages = self.take(name, &ask, &wanted)?;
            let now = self.now_ms();
            if !messages.is_empty() || now >= deadline || *closing.borrow() {
                return Ok(ReceiveAnswer { messages });
            }
            let next_due = self.state().named(name)?.next_due();
            // At least a millisecond on, lest a time that has just passed is polled for.
            let wake_ms = next_due.map_or(deadline, |due| due.max(now + 1).min(deadline));
            let wake = DateTime::from_timestamp_millis(wake_ms)
                .unwrap_or_else(|| self.clock.now() + TimeDelta::seconds(1));
            tokio::select! {
                () = arrival => {}
                () = self.clock.sleep_until(wake) => {}
                _ = closing.changed() => {}
            }
        }
    }

    fn take(&self, name: &str, ask: &Ask, wanted: &Wanted) -> Result<Vec<ReceivedMessage>, SqsError> {
        let now = self.now_ms();
        let mut guard = self.state();
        let state = &mut *guard;
        let (taken, moved) = state.take(name, ask.limit, ask.visibility_ms, now)?;
        if let Some(record) = moved {
            self.journal.append_lazily(&record.to_bytes());
        }
        if taken.received.is_empty() {
            return Ok(Vec::new());
        }
        let queue = state.named(name)?;
        let id = queue.id;
        let mut messages = Vec::with_capacity(taken.received.len());
        for (sequence, entry) in &taken.received {
            let mark = self.run.wrapping_add(u64::from(entry.receives));
            queue.set_receipt(*sequence, mark);
            let receipt = Receipt { queue: id, sequence: *sequence, mark };
            messages.push(wanted.render(entry, receipt));
        }
        let sequences: Vec<Sequence> = taken.received.iter().map(|(sequence, _)| *sequence).collect();
        self.journal
            .append_lazily(&Record::Received { queue: id, messages: sequences, at_ms: now }.to_bytes());
        Ok(messages)
    }
}

impl Ask {
    fn read(request: &ReceiveMessage) -> Result<Self, SqsError> {
        let limit = within("MaxNumberOfMessages", request.max_number_of_messages, 1, 10)?.unwrap_or(1);
        let visibility = within("VisibilityTimeout", request.visibility_timeout, 0, 43_200)?;
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(1),
            visibility_ms: visibility.map(|seconds| seconds * 1000),
            wait_s: within("WaitTimeSeconds", request.wait_time_seconds, 0, 20)?,
        })
    }
}

/// Checks that an optional number lies between `least` and `most`.
pub(super) fn within(name: &str, value: Option<i64>, least: i64, most: i64) -> Result<Option<i64>, SqsError> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(SqsError::InvalidParameterValue(format!(
            "Value {value} for parameter {name} is invalid. Reason: Must be >= {least} and <= {most}, if provided."
        ))),
        value => Ok(value),
    }
}

const SYSTEM_ATTRIBUTES: [&str; 6] = [
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

/// Known to AWS, and never there on standard queues.
const FIFO_ATTRIBUTES: [&str; 3] = ["SequenceNumber", "MessageDeduplicationId", "MessageGroupId"];

/// Which attributes the receiver wants to see.
struct Wanted {
    system: Vec<&'static str>,
    message: Vec<String>,
}

impl Wanted {
    fn read(request: &ReceiveMessage) -> Result<Self, SqsError> {
        let mut system = Vec::new();
        for name in request.attribute_names.iter().chain(&request.message_system_attribute_names) {
            match SYSTEM_ATTRIBUTES.iter().find(|known| *known == name) {
                _ if name == "All" => system.extend(SYSTEM_ATTRIBUTES),
                Some(known) => system.push(*known),
                None if FIFO_ATTRIBUTES.contains(&name.as_str()) => {}
                None => return Err(SqsError::InvalidAttributeName(name.clone())),
            }
        }
        Ok(Self { system, message: request.message_attribute_names.clone() })
    }

    fn render(&self, entry: &Entry, receipt: Receipt) -> ReceivedMessage {
        let message = &entry.message;
        let chosen: MessageAttributes = message
            .attributes
            .iter()
            .filter(|(name, _)| self.wants(name))
            .map(|(name, value)| (name.clone(), AttributeValue::clone(value)))
            .collect();
        ReceivedMessage {
            id: message.id.clone(),
            receipt_handle: receipt.to_handle(),
            body: message.body.clone(),
            md5_of_body: digest(&message.body),
            attributes: self
                .system
                .iter()
                .filter_map(|name| Some((*name, system_attribute(entry, name)?)))
                .collect(),
            md5_of_message_attributes: digest_attributes(&chosen),
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

fn system_attribute(entry: &Entry, name: &str) -> Option<String> {
    let message = &entry.message;
    match name {
        "SenderId" => Some(ACCOUNT.into()),
        "SentTimestamp" => Some(message.sent_ms.to_string()),
        "ApproximateReceiveCount" => Some(entry.receives.to_string()),
        "ApproximateFirstReceiveTimestamp" => entry.first_received_ms.map(|at| at.to_string()),
        "AWSTraceHeader" => message.trace_header.clone(),
        "DeadLetterQueueSourceArn" => message.dead_letter_source.clone(),
        _ => None,
    }
}
