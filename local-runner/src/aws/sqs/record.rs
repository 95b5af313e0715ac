//! What the journal of the queues holds: one record per change that was acknowledged, and the same kinds of record as
//! a snapshot. JSON, so that a later version can add fields.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::deduplication::Original;
use super::message::Message;
use super::moves::MoveTask;
use super::queue::Sequence;
use super::settings::Attributes;
use super::tags::Tags;

/// A change to the queues.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "snake_case")]
pub(super) enum Record {
    Created {
        queue: u64,
        name: String,
        attributes: Attributes,
        created_ms: i64,
        /// Since it was changed, if it was. In snapshots only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        modified_ms: Option<i64>,
        #[serde(default, skip_serializing_if = "Tags::is_empty")]
        tags: Tags,
    },
    AttributesSet {
        queue: u64,
        attributes: Attributes,
        modified_ms: i64,
    },
    Tagged {
        queue: u64,
        tags: Tags,
    },
    Removed {
        queue: u64,
        #[serde(default)]
        at_ms: i64,
    },
    /// A queue of this name was removed. In snapshots only.
    RemovedRecently {
        name: String,
        at_ms: i64,
    },
    Purged {
        queue: u64,
        #[serde(default)]
        at_ms: i64,
    },
    Sent {
        queue: u64,
        messages: Vec<Stored>,
    },
    Deleted {
        queue: u64,
        messages: Vec<Sequence>,
    },
    /// Written lazily: a crash may forget the last receives.
    Received {
        queue: u64,
        messages: Vec<Sequence>,
        at_ms: i64,
    },
    /// Written lazily: a message that a crash puts back is moved again by the next receive.
    DeadLettered {
        from: u64,
        to: u64,
        messages: Vec<Sequence>,
        /// Given when the messages got new places in a FIFO queue: the numbers from this on, and this time of sending.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        renewed: Option<Renewed>,
    },
    /// The present state of a message move task.
    MoveTask {
        task: MoveTask,
    },
    /// A message that a task took from one queue and put into another as a new one.
    Moved {
        task: String,
        from: u64,
        message: Sequence,
        to: u64,
        stored: Stored,
    },
    /// What a FIFO queue knows of messages that may be gone. In snapshots only: else each message tells.
    Deduplicated {
        queue: u64,
        seen: Vec<(Arc<str>, Original)>,
    },
}

/// New places for messages that went to another queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Renewed {
    pub(super) first_sequence: Sequence,
    pub(super) sent_ms: i64,
}

/// A message with what its queue knows of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    #[serde(rename = "n")]
    pub(super) sequence: Sequence,
    #[serde(rename = "m")]
    pub(super) message: Arc<Message>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(super) ready_ms: Option<i64>,
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub(super) receives: u32,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub(super) first_received_ms: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Record {
    /// The bytes for the journal.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a record has string keys and no failing serializer")
    }
}
