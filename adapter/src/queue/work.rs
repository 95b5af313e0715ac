//! A received batch: invoked, kept hidden meanwhile, and deleted as far as it succeeded.
//!
//! What failed comes back when its visibility timeout has run out, as with Lambda's own event source mapping, or
//! after the mapping's retry delay; its receive count leads it to the dead-letter queue.

use std::{collections::HashSet, future::Future, time::Duration};

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use bytes::Bytes;
use tokio::time::Instant;

use super::{batch, mapping::Source};
use crate::{
    event::{
        batch_response::{self, BatchOutcome},
        sqs,
    },
    function::{Failure, Invocation, InvocationId},
    manifest::QueuePayload,
    observer::{InvocationRecord, InvocationSource},
    server,
};

/// SQS's default, for a mapping that does not say.
const DEFAULT_VISIBILITY_S: u32 = 30;

/// What became of an invocation's messages.
struct Ended {
    request_id: String,
    failed: HashSet<String>,
    error: Option<String>,
    never_started: bool,
}

pub(super) async fn work(source: &Source, messages: Vec<Message>) {
    match source.spec.payload {
        QueuePayload::SqsEvent => {
            let url = &source.spec.url;
            let region = &source.host.hosting.region;
            let payload = sqs::event(&messages, &sqs::queue_arn(url, region), region);
            invoke(source, &messages, Bytes::from(payload), InvocationSource::Queue(url.clone())).await;
        }
        QueuePayload::MessageBody => {
            for index in 0..messages.len() {
                let payload = message_payload(&messages[index]);
                let kind = InvocationSource::Message(source.spec.url.clone());
                // The later ones wait for their turn, hidden.
                let turn = invoke(source, &messages[index..=index], payload, kind);
                keep_hidden(source, &messages[index + 1..], turn).await;
            }
        }
    }
}

/// A body that is not JSON becomes a JSON string, because an event has to be JSON.
fn message_payload(message: &Message) -> Bytes {
    let body = message.body().unwrap_or_default();
    match serde_json::from_str::<serde::de::IgnoredAny>(body) {
        Ok(_) => Bytes::copy_from_slice(body.as_bytes()),
        Err(_) => Bytes::from(serde_json::Value::from(body).to_string()),
    }
}

async fn invoke(source: &Source, messages: &[Message], payload: Bytes, kind: InvocationSource) {
    let started = Instant::now();
    let ended = keep_hidden(source, messages, run(source, messages, payload, &kind)).await;
    if ended.never_started && source.is_stopping() {
        // Somebody else can begin with them at once.
        told(source, batch::hide(&source.client, &source.spec.url, messages, 0).await);
    }
    let succeeded = messages.iter().filter(|m| !ended.failed.contains(m.message_id().unwrap_or_default()));
    let receipts: Vec<&str> = succeeded.filter_map(Message::receipt_handle).collect();
    if !receipts.is_empty() {
        told(source, batch::delete(&source.client, &source.spec.url, receipts).await);
    }
    if !ended.never_started {
        show_again_later(source, messages, &ended.failed).await;
    }
    source.host.hosting.observer.invocation(&InvocationRecord {
        function: source.function.clone(),
        source: kind,
        request_id: ended.request_id,
        batch_size: messages.len(),
        failures: ended.failed.len(),
        duration: started.elapsed(),
        error: ended.error,
    });
}

/// Shortens the wait of messages that failed to the mapping's retry delay.
async fn show_again_later(source: &Source, messages: &[Message], failed: &HashSet<String>) {
    let Some(delay) = source.spec.retry_delay_s else { return };
    for message in messages.iter().filter(|m| failed.contains(m.message_id().unwrap_or_default())) {
        let doublings = receive_count(message).saturating_sub(1).min(15);
        let seconds = delay.saturating_mul(1 << doublings).min(visibility_s(source));
        let one = std::slice::from_ref(message);
        told(source, batch::hide(&source.client, &source.spec.url, one, seconds).await);
    }
}

fn receive_count(message: &Message) -> u32 {
    let attributes = message.attributes();
    let count = attributes.and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

async fn run(source: &Source, messages: &[Message], payload: Bytes, kind: &InvocationSource) -> Ended {
    let id = InvocationId::new();
    let result = invoke_patiently(source, id, payload).await;
    let request_id = id.to_string();
    let ids: HashSet<&str> = messages.iter().filter_map(Message::message_id).collect();
    let all = || ids.iter().map(|id| (*id).to_owned()).collect();
    let never_started = result.as_ref().is_err_and(Failure::never_started);
    let (failed, error) = match result {
        Err(failure) => (all(), Some(failure.to_string())),
        Ok(answer)
            if source.spec.report_batch_item_failures && matches!(kind, InvocationSource::Queue(_)) =>
        {
            match batch_response::parse(&answer, &ids) {
                BatchOutcome::AllSucceeded => (HashSet::new(), None),
                BatchOutcome::SomeFailed(failed) => (failed, None),
                BatchOutcome::AllFailed(reason) => (all(), Some(reason)),
            }
        }
        Ok(_) => (HashSet::new(), None),
    };
    Ended { request_id, failed, error, never_started }
}

/// While the function cannot take it the batch waits here, for as long as it would have been hidden anyway.
async fn invoke_patiently(source: &Source, id: InvocationId, payload: Bytes) -> Result<Bytes, Failure> {
    let give_up = Instant::now() + Duration::from_secs(visibility_s(source).into());
    let mut pause = Duration::from_millis(100);
    loop {
        let Some(function) = source.host.function(&source.function) else {
            return Err(Failure::ShuttingDown);
        };
        let invocation = Invocation { id, ..Invocation::new(payload.clone(), server::new_trace()) };
        let failure = match function.invoke(invocation).await {
            Ok(answer) => return answer.whole(source.host.hosting.max_answer_bytes).await,
            Err(failure) => failure,
        };
        if !failure.never_started() || source.is_stopping() || Instant::now() + pause > give_up {
            return Err(failure);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

/// Extends the visibility timeout of messages while something goes on.
async fn keep_hidden<T>(source: &Source, messages: &[Message], going_on: impl Future<Output = T>) -> T {
    let seconds = visibility_s(source);
    let extend = async || -> std::convert::Infallible {
        loop {
            tokio::time::sleep(Duration::from_secs(seconds.into()) / 2).await;
            told(source, batch::hide(&source.client, &source.spec.url, messages, seconds).await);
        }
    };
    tokio::select! {
        result = going_on => result,
        never = extend() => match never {},
    }
}

fn visibility_s(source: &Source) -> u32 {
    source.spec.visibility_timeout_s.unwrap_or(DEFAULT_VISIBILITY_S)
}

fn told(source: &Source, result: Result<(), String>) {
    if let Err(reason) = result {
        source.trouble(&reason);
    }
}
