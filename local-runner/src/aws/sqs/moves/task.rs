//! A message move task: what it was asked for, how far it is, and one step of it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::super::entry::Entry;
use super::super::message::Message;
use super::super::names::{arn, name_in_arn};
use super::super::queue::Sequence;
use super::super::record::{Record, Stored};
use super::super::state::State;

/// The most messages of one step, so that others get at the queues in between.
const STEP: u64 = 100;

/// The most tasks that are remembered for a queue: as many as can be listed.
const REMEMBERED: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in super::super) enum Status {
    Running,
    Completed,
    Cancelled,
    Failed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct MoveTask {
    pub(super) handle: String,
    /// Names of queues. Without a destination each message goes where it came from.
    source: String,
    destination: Option<String>,
    per_second: Option<u32>,
    pub(super) status: Status,
    pub(super) moved: u64,
    to_move: u64,
    failure: Option<String>,
    started_ms: i64,
    /// From when on, and from how many moved messages on, the rate counts in this run of the service.
    #[serde(skip)]
    pace: Option<(i64, u64)>,
}

/// A task as ListMessageMoveTasks shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listing {
    #[serde(skip_serializing_if = "Option::is_none")]
    task_handle: Option<String>,
    status: Status,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<u32>,
    approximate_number_of_messages_moved: u64,
    approximate_number_of_messages_to_move: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
    started_timestamp: i64,
}

/// What a step has changed, and when the next one is due; none when the task has ended.
pub(super) struct Step {
    pub(super) changes: Vec<Record>,
    pub(super) next_ms: Option<i64>,
}

/// All tasks, oldest first.
#[derive(Debug, Default)]
pub(in super::super) struct Tasks(Vec<MoveTask>);

impl MoveTask {
    pub(super) fn new(
        source: &str,
        destination: Option<&str>,
        per_second: Option<u32>,
        to_move: u64,
        now: i64,
    ) -> Self {
        let id = uuid::Uuid::new_v4();
        let handle = format!(r#"{{"taskId":"{id}","sourceArn":"{}"}}"#, arn(source));
        Self {
            handle: BASE64.encode(handle),
            source: source.into(),
            destination: destination.map(Into::into),
            per_second,
            status: Status::Running,
            moved: 0,
            to_move,
            failure: None,
            started_ms: now,
            pace: None,
        }
    }

    pub(super) fn listing(&self) -> Listing {
        Listing {
            task_handle: (self.status == Status::Running).then(|| self.handle.clone()),
            status: self.status,
            source_arn: arn(&self.source),
            destination_arn: self.destination.as_deref().map(arn),
            max_number_of_messages_per_second: self.per_second,
            approximate_number_of_messages_moved: self.moved,
            approximate_number_of_messages_to_move: self.to_move,
            failure_reason: self.failure.clone(),
            started_timestamp: self.started_ms,
        }
    }

    /// How many messages may be moved at `now`, and when more may be.
    fn allowance(&mut self, now: i64) -> (u64, i64) {
        let (since, before) = *self.pace.get_or_insert((now, self.moved));
        let Some(rate) = self.per_second.map(i64::from) else { return (STEP, now) };
        let moved = i64::try_from(self.moved - before).unwrap_or(i64::MAX);
        // The first one at once, and then one each 1/rate s.
        let allowed = (now - since) * rate / 1000 + 1 - moved;
        (u64::try_from(allowed).unwrap_or(0).min(STEP), since + (moved + allowed.max(0)) * 1000 / rate + 1)
    }
}

impl Tasks {
    /// Adds a task, or takes its newer state.
    pub(in super::super) fn put(&mut self, task: MoveTask) {
        match self.by_handle(&task.handle) {
            Some(known) => *known = task,
            None => {
                let of_source = self.0.iter().filter(|known| known.source == task.source);
                if of_source.count() >= REMEMBERED
                    && let Some(oldest) = self.0.iter().position(|known| known.source == task.source)
                {
                    self.0.remove(oldest);
                }
                self.0.push(task);
            }
        }
    }

    pub(super) fn by_handle(&mut self, handle: &str) -> Option<&mut MoveTask> {
        self.0.iter_mut().find(|task| task.handle == handle)
    }

    /// The tasks of a source queue, youngest first.
    pub(super) fn of<'a>(&'a self, source: &'a str) -> impl Iterator<Item = &'a MoveTask> {
        self.0.iter().rev().filter(move |task| task.source == source)
    }

    pub(super) fn running(&self) -> Vec<String> {
        let running = self.0.iter().filter(|task| task.status == Status::Running);
        running.map(|task| task.handle.clone()).collect()
    }

    /// Counts messages that a record tells of.
    pub(in super::super) fn count(&mut self, handle: &str, moved: usize) {
        if let Some(task) = self.by_handle(handle) {
            task.moved += moved as u64;
        }
    }

    /// For a snapshot.
    pub(in super::super) fn all(&self) -> Vec<MoveTask> {
        self.0.clone()
    }
}

impl State {
    /// Moves some messages of a running task.
    pub(super) fn move_step(&mut self, handle: &str, now: i64) -> Step {
        let Some(task) = self.tasks.by_handle(handle) else {
            return Step { changes: Vec::new(), next_ms: None };
        };
        let (allowed, next_ms) = task.allowance(now);
        let (source, destination) = (task.source.clone(), task.destination.clone());
        let Ok(queue) = self.named(&source) else {
            return self.end(handle, Some("AWS.SimpleQueueService.NonExistentQueue"), Vec::new());
        };
        let from = queue.id;
        let taken = queue.take_ready(usize::try_from(allowed).unwrap_or(0), now);
        if taken.is_empty() && allowed > 0 {
            return self.end(handle, None, Vec::new());
        }
        let mut changes = Vec::new();
        let mut failure = None;
        for (sequence, entry) in taken {
            let target =
                if failure.is_some() { None } else { self.target_of(&entry, destination.as_deref()) };
            match target {
                Some(to) => {
                    let stored = self.put_anew(to, &entry, now);
                    self.tasks.count(handle, 1);
                    changes.push(Record::Moved { task: handle.into(), from, message: sequence, to, stored });
                }
                None => {
                    failure.get_or_insert("CouldNotDetermineMessageSource");
                    self.give_back(from, sequence, entry);
                }
            }
        }
        if failure.is_some() {
            return self.end(handle, failure, changes);
        }
        Step { changes, next_ms: Some(next_ms) }
    }

    fn end(&mut self, handle: &str, failure: Option<&str>, mut changes: Vec<Record>) -> Step {
        if let Some(task) = self.tasks.by_handle(handle) {
            task.status = if failure.is_some() { Status::Failed } else { Status::Completed };
            task.failure = failure.map(Into::into);
            changes.push(Record::MoveTask { task: task.clone() });
        }
        Step { changes, next_ms: None }
    }

    /// The queue that a dead letter goes to.
    fn target_of(&mut self, entry: &Entry, destination: Option<&str>) -> Option<u64> {
        let source = || entry.message.dead_letter_source.as_deref().and_then(name_in_arn);
        let name = destination.or_else(source)?;
        self.named(name).ok().map(|queue| queue.id)
    }

    /// A moved message is a new one, with an id, a time of sending and a receive count of its own (developer guide,
    /// "How to configure a dead-letter queue redrive").
    fn put_anew(&mut self, to: u64, entry: &Entry, now: i64) -> Stored {
        let message = Arc::new(Message {
            id: uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string(),
            sent_ms: now,
            dead_letter_source: None,
            ..Message::clone(&entry.message)
        });
        let sequence = self.next_sequence();
        self.insert(to, sequence, Entry::new(Arc::clone(&message), None));
        Stored { sequence, message, ready_ms: None, receives: 0, first_received_ms: None }
    }

    fn give_back(&mut self, queue: u64, sequence: Sequence, entry: Entry) {
        self.insert(queue, sequence, entry);
    }
}
