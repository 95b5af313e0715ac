//! A message in its queue: where it stands and how often it was received.

use std::sync::Arc;

use super::groups::Whereabouts;
use super::message::Message;

/// A message in its queue.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    /// How often it was received, and first when.
    pub(super) receives: u32,
    pub(super) first_received_ms: Option<i64>,
    pub(super) place: Place,
    /// Of the last receive, as far as this process remembers it.
    pub(super) receipt: Option<u64>,
    /// Whether it was shown again on purpose although it was in flight.
    pub(super) duplicated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Ready,
    Delayed { until: i64 },
    InFlight { since: i64, until: i64 },
}

impl Entry {
    /// A message that is ready, or will be at `ready_ms`.
    pub(super) fn new(message: Arc<Message>, ready_ms: Option<i64>) -> Self {
        let place = ready_ms.map_or(Place::Ready, |until| Place::Delayed { until });
        Self { message, receives: 0, first_received_ms: None, place, receipt: None, duplicated: false }
    }

    /// Until when a sender's delay hides it, in ms since 1970.
    pub(super) fn delayed_until(&self) -> Option<i64> {
        if let Place::Delayed { until } = self.place { Some(until) } else { None }
    }

    /// Whether `receipt` is of its last receive, or that is forgotten since a restart.
    pub(super) fn is_of(&self, receipt: u64) -> bool {
        self.receipt.is_none_or(|current| current == receipt)
    }
}

impl Place {
    pub(super) fn whereabouts(self) -> Whereabouts {
        match self {
            Self::Ready | Self::Delayed { .. } => Whereabouts::Waiting,
            Self::InFlight { .. } => Whereabouts::InFlight,
        }
    }
}
