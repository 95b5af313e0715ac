//! Message move tasks: StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask, and the driver that moves.

mod task;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

pub(super) use self::task::{MoveTask, Tasks};
use self::task::{Status, Step};
use super::Queues;
use super::error::SqsError;
use super::names::name_in_arn;
use super::record::Record;
use super::state::State;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMessageMoveTask {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMessageMoveTasks {
    source_arn: Option<String>,
    max_results: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CancelMessageMoveTask {
    task_handle: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Started {
    task_handle: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    results: Vec<task::Listing>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Cancelled {
    approximate_number_of_messages_moved: u64,
}

fn invalid(reason: &str) -> SqsError {
    SqsError::InvalidParameterValue(reason.into())
}

fn missing(parameter: &str) -> SqsError {
    SqsError::ResourceNotFound(format!(
        "The resource that you specified for the {parameter} parameter doesn't exist."
    ))
}

/// The name of the queue that an ARN tells, which has to be there.
fn queue_of<'a>(state: &mut State, parameter: &'static str, arn: &'a str) -> Result<&'a str, SqsError> {
    let name = name_in_arn(arn).ok_or_else(|| missing(parameter))?;
    state.named(name).map(|_| name).map_err(|_| missing(parameter))
}

impl Queues {
    pub(super) async fn start_move(&self, request: StartMessageMoveTask) -> Result<Started, SqsError> {
        let source = request.source_arn.as_deref().ok_or(SqsError::MissingParameter("SourceArn"))?;
        let rate = request.max_number_of_messages_per_second;
        if rate.is_some_and(|rate| !(1..=500).contains(&rate)) {
            return Err(invalid(
                "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be >= 1 and <= 500.",
            ));
        }
        let (durable, task_handle) = {
            let mut guard = self.state();
            let state = &mut *guard;
            let source = queue_of(state, "SourceArn", source)?;
            let destination = request.destination_arn.as_deref();
            let destination = destination.map(|arn| queue_of(state, "DestinationArn", arn)).transpose()?;
            check_ends(state, source, destination)?;
            let to_move = state.named(source)?.counts(self.now_ms()).ready as u64;
            let task = MoveTask::new(source, destination, rate, to_move, self.now_ms());
            let handle = task.handle.clone();
            let record = Record::MoveTask { task: task.clone() };
            state.tasks.put(task);
            (self.record(state, &record), handle)
        };
        durable.await?;
        self.tasks_changed.notify_one();
        Ok(Started { task_handle })
    }

    pub(super) fn list_moves(&self, request: &ListMessageMoveTasks) -> Result<Listed, SqsError> {
        let arn = request.source_arn.as_deref().ok_or(SqsError::MissingParameter("SourceArn"))?;
        let limit = request.max_results.unwrap_or(1);
        if !(1..=10).contains(&limit) {
            return Err(invalid(
                "Value for parameter MaxResults is invalid. Reason: Must be >= 1 and <= 10.",
            ));
        }
        let mut state = self.state();
        let source = queue_of(&mut state, "SourceArn", arn)?;
        let results = state.tasks.of(source).take(limit).map(MoveTask::listing).collect();
        Ok(Listed { results })
    }

    pub(super) async fn cancel_move(&self, request: &CancelMessageMoveTask) -> Result<Cancelled, SqsError> {
        let handle = request.task_handle.as_deref().ok_or(SqsError::MissingParameter("TaskHandle"))?;
        let (durable, moved) = {
            let mut guard = self.state();
            let state = &mut *guard;
            let task = state.tasks.by_handle(handle);
            let task = task.ok_or_else(|| SqsError::ResourceNotFound("Task does not exist.".into()))?;
            if task.status != Status::Running {
                return Err(SqsError::UnsupportedOperation("Only running tasks can be cancelled.".into()));
            }
            task.status = Status::Cancelled;
            let (record, moved) = (Record::MoveTask { task: task.clone() }, task.moved);
            (self.record(state, &record), moved)
        };
        durable.await?;
        Ok(Cancelled { approximate_number_of_messages_moved: moved })
    }

    /// Moves messages as long as tasks run, and waits for the next task without a timer. Never returns.
    pub(in super::super) async fn move_messages(&self) {
        loop {
            let changed = self.tasks_changed.notified();
            match self.move_once().await {
                None => changed.await,
                Some(at) => {
                    let at = DateTime::from_timestamp_millis(at).unwrap_or_else(|| self.clock.now());
                    tokio::select! {
                        () = changed => {}
                        () = self.clock.sleep_until(at) => {}
                    }
                }
            }
        }
    }

    /// Lets each running task take a step; tells when the next one is due, in ms since 1970.
    async fn move_once(&self) -> Option<i64> {
        let (durable, due) = {
            let mut guard = self.state();
            let state = &mut *guard;
            let (mut records, mut due) = (Vec::new(), None::<i64>);
            for handle in state.tasks.running() {
                let Step { changes, next_ms } = state.move_step(&handle, self.now_ms());
                records.extend(changes);
                due = due.into_iter().chain(next_ms).min();
            }
            for record in &records {
                self.journal.append_lazily(&record.to_bytes());
            }
            (self.journal.settled(), due)
        };
        if let Err(error) = durable.await {
            tracing::error!(%error, "moved messages are not durable");
        }
        due
    }
}

/// The source has to be a dead-letter queue, the destination another queue of its kind, and nothing may run yet.
fn check_ends(state: &mut State, source: &str, destination: Option<&str>) -> Result<(), SqsError> {
    if state.sources_of(source).is_empty() {
        return Err(invalid("Source queue must be configured as a Dead Letter Queue."));
    }
    let is_fifo = state.named(source)?.settings.fifo.is_some();
    if let Some(destination) = destination {
        if destination == source {
            return Err(invalid("Source queue and destination queue must be different."));
        }
        if state.named(destination)?.settings.fifo.is_some() != is_fifo {
            return Err(invalid("Source queue and destination queue must be of the same type."));
        }
    }
    if state.tasks.of(source).any(|task| task.status == Status::Running) {
        return Err(invalid(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        ));
    }
    Ok(())
}
