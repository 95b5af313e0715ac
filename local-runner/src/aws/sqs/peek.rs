//! Looking at messages without receiving them, which no action of SQS does.

use chrono::DateTime;

use super::{Queues, entry::Entry, entry::Place};
use crate::aws::{PeekedMessage, PeekedPlace};

impl Queues {
    /// A queue's oldest messages, and how many there are in all; none if there is no such queue.
    pub(in crate::aws) fn peek(&self, name: &str, limit: usize) -> Option<(Vec<PeekedMessage>, usize)> {
        let now = self.now_ms();
        let mut state = self.state();
        let queue = state.named(name).ok()?;
        let counts = queue.counts(now);
        let messages = queue.entries().take(limit).map(|(_, entry)| peeked(entry)).collect();
        Some((messages, counts.ready + counts.in_flight + counts.delayed))
    }
}

fn peeked(entry: &Entry) -> PeekedMessage {
    let message = &entry.message;
    let text = |value: &super::message::AttributeValue| {
        value.string_value.clone().or_else(|| value.binary_value.clone()).unwrap_or_default()
    };
    PeekedMessage {
        id: message.id.clone(),
        body: message.body.clone(),
        attributes: message.attributes.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        sent: DateTime::from_timestamp_millis(message.sent_ms).unwrap_or_default(),
        receives: entry.receives,
        group: message.group.as_deref().map(str::to_owned),
        dead_letter_source: message
            .dead_letter_source
            .as_deref()
            .and_then(|arn| arn.rsplit(':').next())
            .map(str::to_owned),
        place: match entry.place {
            Place::Ready => PeekedPlace::Ready,
            Place::Delayed { .. } => PeekedPlace::Delayed,
            Place::InFlight { .. } => PeekedPlace::InFlight,
        },
    }
}
