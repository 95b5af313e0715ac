//! Amazon SQS for one machine: standard and FIFO queues with the AWS JSON and query protocols, as the Amazon SQS API
//! reference describes each action. All queues live in memory; [`super::journal`] makes sends, deletes and changes to queues durable
//! before they are acknowledged. Receives are not: after a crash what was in flight is visible again at once.

mod attempts;
mod attendance;
mod attributes;
mod batch;
mod deduplication;
mod delete;
mod disturb;
mod draft;
mod entry;
mod error;
mod groups;
mod listing;
mod manage;
mod message;
mod moves;
mod names;
mod order;
mod peek;
mod permissions;
mod query;
mod queue;
mod receipt;
mod receive;
mod record;
mod redrive;
mod render;
mod replay;
mod send;
mod settings;
mod state;
mod tags;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Notify, watch};

use self::error::SqsError;
pub(super) use self::query::not_served;
use self::record::Record;
use self::state::State;
use super::answer::AwsError;
use super::journal::{Durable, Journal, OpenError};
use crate::chaos::Chaos;
use crate::clock::Clock;

/// The queue service.
#[derive(Debug)]
pub struct Queues {
    state: Mutex<State>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    /// Marks receipts of this run: receipts of earlier runs are told by it.
    run: u64,
    chaos: Arc<Chaos>,
    /// Woken when a message move task has begun.
    tasks_changed: Notify,
    closing: watch::Sender<bool>,
}

/// How many messages a queue holds, as GetQueueAttributes counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Ready to be received.
    pub ready: usize,
    /// Received, and neither deleted nor visible again.
    pub in_flight: usize,
    /// Sent with a delay that has not passed.
    pub delayed: usize,
}

impl Queues {
    /// Opens the queues that `directory` holds.
    pub(super) fn open(
        directory: &Path,
        clock: Arc<dyn Clock>,
        chaos: Arc<Chaos>,
    ) -> Result<Self, OpenError> {
        let mut state = State::default();
        let journal = Journal::open(&directory.join("sqs.journal"), |bytes| {
            state.replay(serde_json::from_slice(bytes).map_err(|error| error.to_string())?)
        })?;
        state.begin_run(clock.now().timestamp_millis());
        journal.replace(state.snapshot());
        Ok(Self {
            state: Mutex::new(state),
            journal,
            clock,
            chaos,
            run: rand::random(),
            tasks_changed: Notify::new(),
            closing: watch::Sender::new(false),
        })
    }

    /// How many messages the queue `name` holds; `None` if there is no such queue.
    #[must_use]
    pub fn depth(&self, name: &str) -> Option<Depth> {
        let now = self.now_ms();
        let counts = self.state().named(name).ok()?.counts(now);
        Some(Depth { ready: counts.ready, in_flight: counts.in_flight, delayed: counts.delayed })
    }

    /// The names of all queues, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.state().names()
    }

    /// Answers a request: the action's name after `AmazonSQS.`, its JSON, and the host for queue URLs.
    pub(super) async fn handle(&self, action: &str, body: &[u8], host: &str) -> Result<Vec<u8>, AwsError> {
        Ok(self.act(action, body, host).await?)
    }

    async fn act(&self, action: &str, body: &[u8], host: &str) -> Result<Vec<u8>, SqsError> {
        match action {
            "CreateQueue" => render(self.create_queue(parse(body)?, host).await?),
            "GetQueueUrl" => render(self.queue_url(&parse(body)?, host)?),
            "ListQueues" => render(self.list_queues(&parse(body)?, host)?),
            "GetQueueAttributes" => render(self.queue_attributes(&parse(body)?)?),
            "ListDeadLetterSourceQueues" => render(self.list_dead_letter_source_queues(&parse(body)?, host)?),
            "TagQueue" => render(self.tag_queue(parse(body)?).await?),
            "UntagQueue" => render(self.untag_queue(parse(body)?).await?),
            "ListQueueTags" => render(self.queue_tags(&parse(body)?)?),
            "AddPermission" => render(self.add_permission(parse(body)?).await?),
            "RemovePermission" => render(self.remove_permission(&parse(body)?).await?),
            "StartMessageMoveTask" => render(self.start_move(parse(body)?).await?),
            "ListMessageMoveTasks" => render(self.list_moves(&parse(body)?)?),
            "CancelMessageMoveTask" => render(self.cancel_move(&parse(body)?).await?),
            "SetQueueAttributes" => render(self.set_queue_attributes(parse(body)?).await?),
            "DeleteQueue" => render(self.delete_queue(&parse(body)?).await?),
            "PurgeQueue" => render(self.purge_queue(&parse(body)?).await?),
            "SendMessage" => render(self.send_message(parse(body)?).await?),
            "SendMessageBatch" => render(self.send_message_batch(parse(body)?).await?),
            "ReceiveMessage" => self.receive_message(parse(body)?).await,
            "DeleteMessage" => render(self.delete_message(&parse(body)?).await?),
            "DeleteMessageBatch" => render(self.delete_message_batch(parse(body)?).await?),
            "ChangeMessageVisibility" => render(self.change_visibility(&parse(body)?)?),
            "ChangeMessageVisibilityBatch" => render(self.change_visibility_batch(&parse(body)?)?),
            _ => Err(SqsError::InvalidAction(format!(
                "The local runner does not serve the SQS action {action}."
            ))),
        }
    }

    /// Ends waiting receives with what they have, so that the server can stop.
    pub(super) fn stop_waiting(&self) {
        self.closing.send_replace(true);
    }

    /// Writes what is pending. Blocks.
    pub(super) fn close(&self) {
        self.journal.close();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    /// Records a change under the lock that it was made under.
    fn record(&self, state: &State, record: &Record) -> Durable {
        let durable = self.journal.append(&record.to_bytes());
        if self.journal.has_outgrown_its_state() {
            self.journal.replace(state.snapshot());
        }
        durable
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| SqsError::Malformed(error.to_string()))
}

fn render(answer: impl Serialize) -> Result<Vec<u8>, SqsError> {
    serde_json::to_vec(&answer).map_err(|error| SqsError::Internal(error.to_string()))
}
