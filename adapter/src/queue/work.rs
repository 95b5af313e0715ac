//! A received batch: invoked, and deleted as far as it succeeded.
//!
//! What failed comes back when its visibility timeout has run out, as with Lambda's own event source mapping, or
//! after the mapping's retry delay; its receive count leads it to the dead-letter queue.
//!
//! In a FIFO queue nothing of a group is invoked in a batch after a message of that group has failed there; SQS
//! holds the group back until all its messages are shown again, and then delivers the failed one first.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use bytes::Bytes;
use futures::future::join;
use tokio::time::{Instant, timeout};

use super::{
    gather::MOST_BYTES,
    hold::Hold,
    invoke,
    mapping::{Source, attribute, group},
    pace::Turn,
    scheduled::{self, Fate},
};
use crate::{
    event::{
        batch_response::{self, BatchOutcome},
        sqs,
    },
    function::{Failure, InvocationId},
    manifest::QueuePayload,
    observer::{InvocationRecord, InvocationSource},
};

/// How long what is done waits for the next one, to be deleted with it in one call.
const QUICKLY: Duration = Duration::from_millis(25);

/// How an invocation ended for its messages.
pub(super) struct Ended {
    pub(super) failed: Failed,
    /// The function never saw it.
    pub(super) never_started: bool,
}

/// Which messages failed.
#[derive(Debug)]
pub(super) enum Failed {
    None,
    All,
    These(HashSet<String>),
}

impl Failed {
    fn has(&self, message: &Message) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::These(ids) => ids.contains(message.message_id().unwrap_or_default()),
        }
    }
}

/// What is left held when it returns was not begun.
pub(super) async fn work(source: &Source, hold: &Hold<'_>, messages: &[Arc<Message>], turn: &mut Turn) {
    match source.spec.payload {
        QueuePayload::SqsEvent => as_events(source, hold, messages, turn).await,
        QueuePayload::MessageBody | QueuePayload::ScheduledEvent => {
            one_by_one(source, hold, messages, turn).await;
        }
    }
}

/// The batch as one event, or as several if it is larger than an invocation's payload may be.
async fn as_events(source: &Source, hold: &Hold<'_>, messages: &[Arc<Message>], turn: &mut Turn) {
    let arn = sqs::queue_arn(&source.spec.url, &source.region);
    let mut rest = messages;
    for (count, payload) in sqs::events(messages, &arn, &source.region, MOST_BYTES) {
        let (batch, later) = rest.split_at(count);
        let ended = invoke(source, batch, &Bytes::from(payload)).await;
        if ended.never_started && source.is_stopping() {
            return;
        }
        rest = later;
        if rest.is_empty() {
            turn.worked();
        }
        let failed = !matches!(ended.failed, Failed::None);
        settle(source, hold, batch, &ended).await;
        if source.is_stopping() {
            return;
        }
        if failed && source.spec.is_fifo() {
            put_off(source, hold, rest).await;
            return;
        }
    }
}

/// An invocation a message. The later ones wait for their turn, held. What succeeded quickly is deleted together.
async fn one_by_one(source: &Source, hold: &Hold<'_>, messages: &[Arc<Message>], turn: &mut Turn) {
    let mut failed_groups = HashSet::new();
    let mut done: Vec<Arc<Message>> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let one = std::slice::from_ref(message);
        if group(message).is_some_and(|group| failed_groups.contains(group)) {
            delete_done(source, hold, &mut done).await;
            put_off(source, hold, one).await;
            continue;
        }
        let mut invocation = pin!(async {
            match source.spec.payload {
                QueuePayload::ScheduledEvent => scheduled::fire(source, message).await,
                _ => Fate::Ended(invoke(source, one, &message_payload(message)).await),
            }
        });
        let fate = match timeout(QUICKLY, &mut invocation).await {
            Ok(fate) => fate,
            Err(_) => join(invocation, delete_done(source, hold, &mut done)).await.0,
        };
        let ended = match fate {
            Fate::Ended(ended) if ended.never_started && source.is_stopping() => break,
            Fate::Ended(ended) => ended,
            uninvoked => {
                scheduled::settle_uninvoked(source, hold, one, &uninvoked).await;
                continue;
            }
        };
        if index + 1 == messages.len() {
            turn.worked();
        }
        if ended.failed.has(message) {
            if source.spec.is_fifo() {
                failed_groups.extend(group(message));
            }
            delete_done(source, hold, &mut done).await;
            settle(source, hold, one, &ended).await;
        } else {
            done.push(Arc::clone(message));
        }
        if source.is_stopping() {
            break;
        }
    }
    delete_done(source, hold, &mut done).await;
}

async fn delete_done(source: &Source, hold: &Hold<'_>, done: &mut Vec<Arc<Message>>) {
    let done = std::mem::take(done);
    hold.release(&done);
    source.delete(&done.iter().collect::<Vec<_>>()).await;
}

/// A body that is not JSON becomes a JSON string, because an event has to be JSON.
fn message_payload(message: &Message) -> Bytes {
    let body = message.body().unwrap_or_default();
    match serde_json::from_str::<serde::de::IgnoredAny>(body) {
        Ok(_) => Bytes::copy_from_slice(body.as_bytes()),
        Err(_) => Bytes::from(serde_json::Value::from(body).to_string()),
    }
}

/// Invokes and reports it.
pub(super) async fn invoke(source: &Source, messages: &[Arc<Message>], payload: &Bytes) -> Ended {
    let started = Instant::now();
    let id = InvocationId::new();
    let is_batch = source.spec.payload == QueuePayload::SqsEvent;
    let result = invoke::invoke(source, id, messages, payload).await;
    let never_started = result.as_ref().is_err_and(Failure::never_started);
    let (failed, error) = match result {
        Err(failure) => (Failed::All, Some(failure.to_string())),
        Ok(answer) if source.spec.report_batch_item_failures && is_batch => {
            let ids = messages.iter().filter_map(|message| message.message_id()).collect();
            match batch_response::parse(&answer, &ids) {
                BatchOutcome::AllSucceeded => (Failed::None, None),
                BatchOutcome::SomeFailed(failed) => (Failed::These(failed), None),
                BatchOutcome::AllFailed(reason) => (Failed::All, Some(reason)),
            }
        }
        Ok(_) => (Failed::None, None),
    };
    let count = messages.iter().filter(|message| failed.has(message)).count();
    report(source, id, (messages.len(), count), started.elapsed(), error);
    Ended { failed, never_started }
}

/// A message that nothing can be invoked with.
pub(super) fn refuse(source: &Source, reason: String) -> Ended {
    report(source, InvocationId::new(), (1, 1), Duration::ZERO, Some(reason));
    Ended { failed: Failed::All, never_started: false }
}

fn report(
    source: &Source,
    id: InvocationId,
    (batch_size, failures): (usize, usize),
    duration: Duration,
    error: Option<String>,
) {
    let url = source.spec.url.clone();
    source.host.hosting.observer.invocation(&InvocationRecord {
        function: source.function.clone(),
        source: match source.spec.payload {
            QueuePayload::SqsEvent => InvocationSource::Queue(url),
            QueuePayload::MessageBody | QueuePayload::ScheduledEvent => InvocationSource::Message(url),
        },
        request_id: id.to_string(),
        batch_size,
        failures,
        duration,
        error,
    });
}

/// Deletes what succeeded and says when the rest comes back.
pub(super) async fn settle(source: &Source, hold: &Hold<'_>, messages: &[Arc<Message>], ended: &Ended) {
    hold.release(messages);
    let (failed, done): (Vec<_>, Vec<_>) = messages.iter().partition(|message| ended.failed.has(message));
    // In this order a group's failed messages cannot be shown before its others are gone.
    source.delete(&done).await;
    if !ended.never_started {
        show_again_later(source, &failed).await;
    }
}

/// Messages of a group that has failed: they come back with it.
async fn put_off(source: &Source, hold: &Hold<'_>, messages: &[Arc<Message>]) {
    hold.release(messages);
    show_again_later(source, &messages.iter().collect::<Vec<_>>()).await;
}

/// Shortens the wait of messages that failed to the mapping's retry delay.
async fn show_again_later(source: &Source, failed: &[&Arc<Message>]) {
    let Some(delay) = source.spec.retry_delay_s else { return };
    let seconds = |message: &Message| {
        let doublings = receive_count(message).saturating_sub(1).min(15);
        delay.saturating_mul(1 << doublings).min(source.visibility_s())
    };
    // A group is delivered again when the last of its messages is shown.
    let mut of_group: HashMap<&str, u32> = HashMap::new();
    for message in failed {
        let longest = of_group.entry(group(message).unwrap_or_default()).or_default();
        *longest = seconds(message).max(*longest);
    }
    let mut by_delay: BTreeMap<u32, Vec<&Arc<Message>>> = BTreeMap::new();
    for message in failed {
        let own = seconds(message);
        let longest = of_group.get(group(message).unwrap_or_default()).copied();
        let delay = longest.filter(|_| source.spec.is_fifo()).unwrap_or(own);
        by_delay.entry(delay).or_default().push(message);
    }
    for (seconds, messages) in by_delay {
        source.hide(&messages, seconds).await;
    }
}

fn receive_count(message: &Message) -> u32 {
    let count = attribute(message, &MessageSystemAttributeName::ApproximateReceiveCount);
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}
