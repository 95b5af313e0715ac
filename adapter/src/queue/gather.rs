//! Receiving a batch: one long poll, and if the mapping has a batching window, more until batch, window or
//! payload is full ("Polling and batching behavior" in "Using Lambda with Amazon SQS").

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_sqs::{
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::receive_message::{ReceiveMessageError, ReceiveMessageOutput},
    types::{Message, MessageSystemAttributeName},
};
use futures::future::join_all;
use tokio::time::Instant;

use super::{
    hold::Hold,
    mapping::Source,
    pace::{Polled, Turn},
    receipts::MOST_PER_CALL,
};

/// SQS's limit on one call.
const LONGEST_POLL_S: u64 = 20;
/// What further pollers wait: long enough for SQS to ask all its servers, and no backlog keeps them for long.
const FURTHER_POLL_S: u64 = 1;
/// A batch that took no longer, or no more than a part of its window, did not wait for its messages.
const AT_ONCE: Duration = Duration::from_millis(250);
/// Receive calls at a time that fill one batch.
const CALLS_AT_A_TIME: usize = 10;
/// Lambda's limit on an invocation's payload. What exceeds it with names and ids is split later.
pub(super) const MOST_BYTES: usize = 6 * 1024 * 1024;
/// How long SQS remembers what it answered to an attempt is 5 minutes.
const ATTEMPT_LIVES: Duration = Duration::from_secs(270);

/// Receive calls to a FIFO queue that may have been answered without the answer arriving. Repeating one under its
/// id gets the same messages again at once, instead of their groups being blocked until they are shown again.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<Vec<Attempt>>);

#[derive(Debug)]
struct Attempt {
    id: String,
    first: Instant,
}

impl Attempts {
    fn next(&self) -> Attempt {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|attempt| attempt.first.elapsed() < ATTEMPT_LIVES);
        open.pop().unwrap_or_else(|| Attempt { id: uuid::Uuid::new_v4().to_string(), first: Instant::now() })
    }

    fn keep(&self, attempt: Attempt) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
    }
}

/// A batch, held; nothing if there was nothing, if receiving failed or the mapping is stopping.
pub(super) async fn gather(source: &Source, hold: &Hold<'_>, turn: &mut Turn) -> Vec<Arc<Message>> {
    let size = source.spec.batch_size as usize;
    let wait = if turn.is_the_only_poller() { LONGEST_POLL_S } else { FURTHER_POLL_S };
    let started = Instant::now();
    let mut messages = match source.unless_stopped(poll(source, hold, size, wait)).await {
        None => return Vec::new(),
        Some(Ok(messages)) => messages,
        Some(Err(reason)) => {
            source.pace.receive_failed();
            source.trouble(&reason);
            return Vec::new();
        }
    };
    let window = Duration::from_millis(source.spec.batching_window_ms);
    if !messages.is_empty() && messages.len() < size && !window.is_zero() {
        let full = messages.len() == MOST_PER_CALL;
        fill(source, hold, &mut messages, full).await;
    }
    // One that is filled slowly meets no backlog, and further ones would only share what there is.
    let soon = started.elapsed() < AT_ONCE.max(window / 4);
    turn.polled(match messages.len() {
        0 => Polled::Nothing,
        count if soon && (count == size || bytes(&messages) >= MOST_BYTES) => Polled::Backlog,
        _ => Polled::Some,
    });
    messages
}

/// Adds to a batch until it is full, the window is over, or the mapping stops.
async fn fill(source: &Source, hold: &Hold<'_>, messages: &mut Vec<Arc<Message>>, mut backlog: bool) {
    let size = source.spec.batch_size as usize;
    let deadline = Instant::now() + Duration::from_millis(source.spec.batching_window_ms);
    while messages.len() < size && bytes(messages) < MOST_BYTES && !source.is_stopping() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        let room = size - messages.len();
        let calls = if backlog { room.div_ceil(MOST_PER_CALL).min(CALLS_AT_A_TIME) } else { 1 };
        let longest = if calls > 1 { FURTHER_POLL_S } else { LONGEST_POLL_S };
        let wait = left.as_secs().min(longest);
        let polls = (0..calls).map(|call| poll(source, hold, room - call * MOST_PER_CALL, wait));
        let Some(answers) = source.unless_stopped(join_all(polls)).await else { return };
        // What was received stays received, so trouble now only ends the batch early.
        let failed = answers.iter().any(Result::is_err);
        let more: Vec<_> = answers.into_iter().flat_map(Result::unwrap_or_default).collect();
        backlog = more.len() >= calls.min(room) * MOST_PER_CALL / 2;
        if failed {
            messages.extend(more);
            return;
        }
        if more.is_empty() && wait == 0 {
            tokio::time::sleep(left.min(Duration::from_millis(50))).await;
        }
        messages.extend(more);
    }
}

async fn poll(
    source: &Source,
    hold: &Hold<'_>,
    room: usize,
    wait_s: u64,
) -> Result<Vec<Arc<Message>>, String> {
    let spec = &source.spec;
    let attempt = spec.is_fifo().then(|| source.attempts.next());
    let request = source
        .client
        .receive_message()
        .queue_url(&spec.url)
        .max_number_of_messages(i32::try_from(room.min(MOST_PER_CALL)).unwrap_or(1))
        .wait_time_seconds(i32::try_from(wait_s).unwrap_or_default())
        .set_visibility_timeout(spec.visibility_timeout_s.and_then(|seconds| i32::try_from(seconds).ok()))
        .set_receive_request_attempt_id(attempt.as_ref().map(|attempt| attempt.id.clone()))
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All");
    match request.send().await {
        Ok(ReceiveMessageOutput { messages, .. }) => {
            let messages: Vec<_> = messages.unwrap_or_default().into_iter().map(Arc::new).collect();
            hold.add(&messages);
            Ok(messages)
        }
        Err(error) => {
            if let Some(attempt) = attempt
                && may_have_been_answered(&error)
            {
                source.attempts.keep(attempt);
            }
            Err(format!("receiving failed: {}", DisplayErrorContext(&error)))
        }
    }
}

/// An error that the service names (throttling, no permission) received nothing, and forbids repeating the attempt.
fn may_have_been_answered(error: &SdkError<ReceiveMessageError>) -> bool {
    match error {
        SdkError::ServiceError(answer) => {
            answer.err().code().is_none() && answer.raw().status().is_server_error()
        }
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    }
}

fn bytes(messages: &[Arc<Message>]) -> usize {
    messages.iter().map(|message| message.body().map_or(0, str::len)).sum()
}
