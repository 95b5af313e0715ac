//! What the AWS protocols do not tell and a developer wants to know: looking at messages without receiving them.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Depth, server::Backends};

/// A look at the services that changes nothing. Copies look at the same ones.
#[derive(Debug, Clone)]
pub struct View(pub(super) Arc<Backends>);

/// A message as it stands in its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeekedMessage {
    /// Its id.
    pub id: String,
    /// Its body.
    pub body: String,
    /// Its attributes as text; binary ones in base64.
    pub attributes: Vec<(String, String)>,
    /// When it was sent.
    pub sent: DateTime<Utc>,
    /// How often it was received.
    pub receives: u32,
    /// Its message group.
    pub group: Option<String>,
    /// The queue from which it came into a dead-letter queue.
    pub dead_letter_source: Option<String>,
    /// Where it stands.
    pub place: PeekedPlace,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeekedPlace {
    /// The next receive may get it.
    Ready,
    /// Its delay has not passed.
    Delayed,
    /// It was received and is neither deleted nor visible again.
    InFlight,
}

impl View {
    /// All queues with what they hold, by name.
    #[must_use]
    pub fn queues(&self) -> Vec<(String, Depth)> {
        let queues = &self.0.queues;
        queues.names().into_iter().filter_map(|name| Some((name.clone(), queues.depth(&name)?))).collect()
    }

    /// What a queue holds; none if there is no such queue.
    #[must_use]
    pub fn depth(&self, queue: &str) -> Option<Depth> {
        self.0.queues.depth(queue)
    }

    /// A queue's oldest messages, and how many there are in all; none if there is no such queue.
    #[must_use]
    pub fn peek(&self, queue: &str, limit: usize) -> Option<(Vec<PeekedMessage>, usize)> {
        self.0.queues.peek(queue, limit)
    }

    /// When the oldest message of a queue was sent, in ms since 1970.
    #[must_use]
    pub fn oldest_message(&self, queue: &str) -> Option<i64> {
        self.peek(queue, 1)?.0.first().map(|message| message.sent.timestamp_millis())
    }
}
