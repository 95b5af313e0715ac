//! What a FIFO queue remembers of the messages sent in the last five minutes, also of those that were received and
//! deleted since (developer guide, "Exactly-once processing in Amazon SQS").

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::queue::Sequence;

/// How long a message is remembered after it was sent, in ms.
const INTERVAL_MS: i64 = 300_000;

/// What the sender of a duplicate is told: the first message's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Original {
    #[serde(rename = "n")]
    pub(super) sequence: Sequence,
    #[serde(rename = "i")]
    pub(super) message_id: String,
    #[serde(rename = "s")]
    pub(super) sent_ms: i64,
}

/// The deduplication ids of one queue.
#[derive(Debug, Default)]
pub(super) struct Deduplication {
    seen: HashMap<Arc<str>, Original>,
    /// In the order of sending.
    oldest: VecDeque<(i64, Arc<str>)>,
}

impl Deduplication {
    /// The key of a deduplication id that counts in the whole queue, or in one `group` only.
    pub(super) fn key(group: Option<&str>, id: &str) -> Arc<str> {
        // Neither holds a line break.
        group.map_or_else(|| id.into(), |group| format!("{group}\n{id}").into())
    }

    /// The message that was sent under this key within the interval before `now`.
    pub(super) fn find(&mut self, key: &str, now: i64) -> Option<&Original> {
        while let Some((sent_ms, key)) = self.oldest.front()
            && *sent_ms + INTERVAL_MS <= now
        {
            // A key that was used again since has a younger message.
            if self.seen.get(key).is_some_and(|original| original.sent_ms == *sent_ms) {
                self.seen.remove(key);
            }
            self.oldest.pop_front();
        }
        self.seen.get(key)
    }

    /// Remembers a message.
    pub(super) fn remember(&mut self, key: Arc<str>, original: Original) {
        self.oldest.push_back((original.sent_ms, Arc::clone(&key)));
        self.seen.insert(key, original);
    }

    /// All that is remembered, oldest first.
    pub(super) fn entries(&self) -> Vec<(Arc<str>, Original)> {
        let known = |(sent_ms, key): &(i64, Arc<str>)| {
            let original = self.seen.get(key).filter(|original| original.sent_ms == *sent_ms)?;
            Some((Arc::clone(key), original.clone()))
        };
        self.oldest.iter().filter_map(known).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn original(sequence: Sequence, sent_ms: i64) -> Original {
        Original { sequence, message_id: sequence.to_string(), sent_ms }
    }

    #[test]
    fn an_id_is_known_for_five_minutes_after_its_message_was_sent() {
        let mut known = Deduplication::default();
        known.remember("a".into(), original(1, 0));
        assert_eq!(known.find("a", 299_999), Some(&original(1, 0)));
        assert_eq!(known.find("b", 299_999), None);
        assert_eq!(known.find("a", 300_000), None);
        known.remember("a".into(), original(2, 300_000));
        assert_eq!(known.find("a", 599_999), Some(&original(2, 300_000)));
        assert_eq!(known.entries(), [("a".into(), original(2, 300_000))]);
        assert_eq!(known.find("a", 600_000), None);
        assert!(known.entries().is_empty());
    }

    #[test]
    fn an_id_of_a_group_is_another_in_another_group() {
        assert_ne!(Deduplication::key(Some("g"), "a"), Deduplication::key(Some("h"), "a"));
        assert_ne!(Deduplication::key(Some("g"), "a"), Deduplication::key(None, "a"));
    }
}
