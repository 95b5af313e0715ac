//! What is said to SQS about messages that were received: delete them, hide them for longer, show them again.
//!
//! Calls are tried again a few times, entries only as long as another try can help: a receipt that has expired
//! stays expired.

use std::{sync::Arc, time::Duration};

use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{
        BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
        Message,
    },
};
use futures::{StreamExt, stream::FuturesUnordered};

/// SQS's limit on one call.
pub(super) const MOST_PER_CALL: usize = 10;
/// Calls at a time, for large batches.
const CALLS_AT_A_TIME: usize = 8;
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest that SQS hides a message.
const LONGEST_S: u32 = 43_200;

/// What is to become of messages.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Delete,
    Hide { seconds: u32 },
}

/// Deletes messages.
///
/// # Errors
/// How many could not be deleted, so that they come again, and why.
pub(super) async fn delete(client: &Client, url: &str, messages: &[&Arc<Message>]) -> Result<(), String> {
    let failed = all(client, url, messages, Deed::Delete).await;
    outcome(&failed, "could not be deleted and will come again")
}

/// Hides messages for so many seconds from now on; 0 shows them again.
///
/// # Errors
/// For how many that failed, and why.
pub(super) async fn hide(
    client: &Client,
    url: &str,
    messages: &[&Arc<Message>],
    seconds: u32,
) -> Result<(), String> {
    let failed = all(client, url, messages, Deed::Hide { seconds }).await;
    outcome(&failed, "kept the visibility timeout that they had")
}

/// Ten messages a call. Returns why messages failed, one reason each.
async fn all(client: &Client, url: &str, messages: &[&Arc<Message>], deed: Deed) -> Vec<String> {
    let chunk = |messages: &[&Arc<Message>]| messages.iter().map(|message| Arc::clone(message)).collect();
    let chunks: Vec<Vec<Arc<Message>>> = messages.chunks(MOST_PER_CALL).map(chunk).collect();
    let mut failed = Vec::new();
    let mut calls = FuturesUnordered::new();
    for chunk in chunks {
        if calls.len() == CALLS_AT_A_TIME {
            failed.extend(calls.next().await.unwrap_or_default());
        }
        calls.push(patiently(client, url, chunk, deed));
    }
    while let Some(reasons) = calls.next().await {
        failed.extend(reasons);
    }
    failed
}

async fn patiently(client: &Client, url: &str, mut left: Vec<Arc<Message>>, deed: Deed) -> Vec<String> {
    let mut given_up = Vec::new();
    let mut reasons = Vec::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            let pause = FIRST_PAUSE * 2_u32.pow(attempt - 1);
            tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        }
        let answered = match deed {
            Deed::Delete => delete_once(client, url, &left).await,
            Deed::Hide { seconds } => hide_once(client, url, &left, seconds).await,
        };
        match answered {
            Ok(refused) if refused.is_empty() => return given_up,
            Ok(refused) => (left, reasons) = sort(&left, &refused, &mut given_up),
            Err(reason) => reasons = vec![reason; left.len()],
        }
        if left.is_empty() {
            break;
        }
    }
    given_up.extend(reasons);
    given_up
}

/// The entries that were refused, or why the call failed.
type Answered = Result<Vec<BatchResultErrorEntry>, String>;

async fn delete_once(client: &Client, url: &str, chunk: &[Arc<Message>]) -> Answered {
    let mut request = client.delete_message_batch().queue_url(url);
    for (index, message) in chunk.iter().enumerate() {
        let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
        let entry = entry.receipt_handle(message.receipt_handle().unwrap_or_default()).build();
        request = request.entries(entry.map_err(|error| error.to_string())?);
    }
    let answer = request.send().await.map_err(|error| DisplayErrorContext(&error).to_string())?;
    Ok(answer.failed)
}

async fn hide_once(client: &Client, url: &str, chunk: &[Arc<Message>], seconds: u32) -> Answered {
    let timeout = i32::try_from(seconds.min(LONGEST_S)).unwrap_or_default();
    let mut request = client.change_message_visibility_batch().queue_url(url);
    for (index, message) in chunk.iter().enumerate() {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(index.to_string());
        let entry = entry.receipt_handle(message.receipt_handle().unwrap_or_default());
        let entry = entry.visibility_timeout(timeout).build();
        request = request.entries(entry.map_err(|error| error.to_string())?);
    }
    let answer = request.send().await.map_err(|error| DisplayErrorContext(&error).to_string())?;
    Ok(answer.failed)
}

/// Separates what another try can help from what it cannot.
fn sort(
    asked: &[Arc<Message>],
    refused: &[BatchResultErrorEntry],
    given_up: &mut Vec<String>,
) -> (Vec<Arc<Message>>, Vec<String>) {
    let mut again = (Vec::new(), Vec::new());
    for entry in refused {
        let Some(message) = entry.id.parse::<usize>().ok().and_then(|index| asked.get(index)) else {
            continue;
        };
        let reason = match &entry.message {
            Some(message) => format!("{}: {message}", entry.code),
            None => entry.code.clone(),
        };
        if entry.sender_fault {
            given_up.push(reason);
        } else {
            again.0.push(Arc::clone(message));
            again.1.push(reason);
        }
    }
    again
}

fn outcome(failed: &[String], what: &str) -> Result<(), String> {
    match failed.first() {
        None => Ok(()),
        Some(reason) => Err(format!("{} messages {what}: {reason}", failed.len())),
    }
}
