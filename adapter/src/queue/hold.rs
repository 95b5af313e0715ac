//! Keeps received messages hidden for as long as they wait or are worked on.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_sdk_sqs::types::Message;
use tokio::time::Instant;

use super::mapping::Source;

/// The messages of one batch, from their being received until their fate is decided.
pub(super) struct Hold<'a> {
    source: &'a Source,
    held: Mutex<Vec<Held>>,
}

struct Held {
    message: Arc<Message>,
    /// When half of its visibility timeout is over.
    due: Instant,
}

impl<'a> Hold<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, held: Mutex::default() }
    }

    /// These were received just now.
    pub(super) fn add(&self, messages: &[Arc<Message>]) {
        let due = Instant::now() + self.source.visibility() / 2;
        let held = messages.iter().map(|message| Held { message: Arc::clone(message), due });
        self.lock().extend(held);
    }

    /// From now on these are shown again when their time has come.
    pub(super) fn release(&self, messages: &[Arc<Message>]) {
        let mut held = self.lock();
        if held.len() == messages.len() {
            held.clear();
        } else {
            held.retain(|held| !messages.iter().any(|message| Arc::ptr_eq(message, &held.message)));
        }
    }

    /// Shows all that is held again now, for others to receive.
    pub(super) async fn give_back(&self) {
        let held: Vec<Arc<Message>> = self.lock().drain(..).map(|held| held.message).collect();
        self.source.hide(&held.iter().collect::<Vec<_>>(), 0).await;
    }

    /// Does something and meanwhile extends the visibility timeout of what is held.
    pub(super) async fn during<T>(&self, going_on: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            result = going_on => result,
            never = self.extend() => match never {},
        }
    }

    async fn extend(&self) -> Infallible {
        let half = self.source.visibility() / 2;
        loop {
            tokio::time::sleep(self.next(half)).await;
            // What is due soon goes with the others, in one call.
            let soon = Instant::now() + half / 2;
            let due: Vec<Arc<Message>> =
                self.lock().iter().filter(|held| held.due < soon).map(|h| Arc::clone(&h.message)).collect();
            if due.is_empty() {
                continue;
            }
            let next = Instant::now() + half;
            self.source.hide(&due.iter().collect::<Vec<_>>(), self.source.visibility_s()).await;
            for held in self.lock().iter_mut().filter(|held| held.due < soon) {
                held.due = next;
            }
        }
    }

    /// How long until the first of them is due. What is added in the meantime is due later than that.
    fn next(&self, half: Duration) -> Duration {
        let first = self.lock().iter().map(|held| held.due).min();
        first.map_or(half, |first| first.saturating_duration_since(Instant::now()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
