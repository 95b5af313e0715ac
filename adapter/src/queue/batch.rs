//! Receiving a batch, deleting what is done, and hiding what is not yet.

use std::time::Duration;

use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{
        ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
        MessageSystemAttributeName,
    },
};
use tokio::time::Instant;

use crate::manifest::QueueSpec;

/// SQS's limits on one call.
const MOST_PER_CALL: usize = 10;
const LONGEST_POLL_S: u64 = 20;
/// An invocation's payload may have 6 MiB; records add names and ids to the bodies.
const MOST_BYTES: usize = 5 * 1024 * 1024;
const ATTEMPTS: u32 = 5;

/// Polls once, for long, and if the mapping has a batching window, goes on until the batch or the window is
/// full. Nothing if there was nothing.
pub(super) async fn receive(client: &Client, spec: &QueueSpec) -> Result<Vec<Message>, String> {
    let size = spec.batch_size as usize;
    let mut messages = poll(client, spec, size, LONGEST_POLL_S).await?;
    let deadline = Instant::now() + Duration::from_millis(spec.batching_window_ms);
    while !messages.is_empty() && messages.len() < size && bytes(&messages) < MOST_BYTES {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let wait = left.as_secs().min(LONGEST_POLL_S);
        // What was received stays received, so trouble now only ends the batch early.
        let Ok(more) = poll(client, spec, size - messages.len(), wait).await else { break };
        if more.is_empty() && wait == 0 {
            tokio::time::sleep(left.min(Duration::from_millis(50))).await;
        }
        messages.extend(more);
    }
    Ok(messages)
}

async fn poll(client: &Client, spec: &QueueSpec, room: usize, wait_s: u64) -> Result<Vec<Message>, String> {
    let request = client
        .receive_message()
        .queue_url(&spec.url)
        .max_number_of_messages(i32::try_from(room.min(MOST_PER_CALL)).unwrap_or(1))
        .wait_time_seconds(i32::try_from(wait_s).unwrap_or_default())
        .set_visibility_timeout(spec.visibility_timeout_s.and_then(|seconds| i32::try_from(seconds).ok()))
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All");
    match request.send().await {
        Ok(received) => Ok(received.messages.unwrap_or_default()),
        Err(error) => Err(format!("receiving failed: {}", DisplayErrorContext(&error))),
    }
}

fn bytes(messages: &[Message]) -> usize {
    messages.iter().map(|message| message.body().map_or(0, str::len)).sum()
}

/// Deletes messages; what SQS refuses is tried again a few times.
pub(super) async fn delete(client: &Client, url: &str, receipts: Vec<&str>) -> Result<(), String> {
    let mut left = receipts;
    let mut reason = String::new();
    for attempt in 0..ATTEMPTS {
        let mut refused = Vec::new();
        for chunk in left.chunks(MOST_PER_CALL) {
            let entries = chunk.iter().enumerate().map(|(index, receipt)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(*receipt)
                    .build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
            match client.delete_message_batch().queue_url(url).set_entries(Some(entries)).send().await {
                Ok(deleted) => refused.extend(deleted.failed().iter().filter_map(|failed| {
                    reason = failed.code().to_owned();
                    failed.id().parse::<usize>().ok().and_then(|index| chunk.get(index).copied())
                })),
                Err(error) => {
                    reason = DisplayErrorContext(&error).to_string();
                    refused.extend(chunk);
                }
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        left = refused;
        tokio::time::sleep(Duration::from_millis(100) * 2_u32.pow(attempt)).await;
    }
    Err(format!("{} messages could not be deleted and will come again: {reason}", left.len()))
}

/// Hides messages for so many seconds from now on; 0 shows them again.
pub(super) async fn hide(
    client: &Client,
    url: &str,
    messages: &[Message],
    seconds: u32,
) -> Result<(), String> {
    let timeout = i32::try_from(seconds).unwrap_or(43_200);
    for chunk in messages.chunks(MOST_PER_CALL) {
        let entries = chunk.iter().enumerate().map(|(index, message)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(message.receipt_handle().unwrap_or_default())
                .visibility_timeout(timeout)
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
        let request = client.change_message_visibility_batch().queue_url(url).set_entries(Some(entries));
        request
            .send()
            .await
            .map_err(|e| format!("changing the visibility failed: {}", DisplayErrorContext(&e)))?;
    }
    Ok(())
}
