//! What a receiver does with a message: DeleteMessage, ChangeMessageVisibility, and their batches.

use serde::{Deserialize, Serialize};

use super::Queues;
use super::batch::{BatchAnswer, Success, check_ids};
use super::error::SqsError;
use super::names::name_in;
use super::receipt::Receipt;
use super::receive::within;
use super::record::Record;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneReceipt {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ManyReceipts {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

/// An answer that says nothing.
#[derive(Debug, Serialize)]
pub(super) struct Nothing {}

impl Queues {
    pub(super) async fn delete_message(&self, request: &OneReceipt) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let mut outcomes = self.delete(name, &[request.receipt_handle.as_deref()]).await?;
        outcomes.pop().unwrap_or(Ok(())).map(|()| Nothing {})
    }

    pub(super) async fn delete_message_batch(
        &self,
        request: ManyReceipts,
    ) -> Result<BatchAnswer<Success>, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        self.state().named(name)?;
        check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
        let handles: Vec<_> = request.entries.iter().map(|entry| entry.receipt_handle.as_deref()).collect();
        let outcomes = self.delete(name, &handles).await?;
        let mut answer = BatchAnswer::new();
        for (entry, outcome) in request.entries.into_iter().zip(outcomes) {
            answer.add(entry.id.clone(), outcome.map(|()| Success { id: entry.id }));
        }
        Ok(answer)
    }

    /// Deletes by handles and returns once that is durable: each handle was fine or not.
    async fn delete(
        &self,
        name: &str,
        handles: &[Option<&str>],
    ) -> Result<Vec<Result<(), SqsError>>, SqsError> {
        let now = self.now_ms();
        let (durable, outcomes) = {
            let mut guard = self.state();
            let state = &mut *guard;
            let queue = state.named(name)?;
            let (id, mut gone, mut outcomes) = (queue.id, Vec::new(), Vec::with_capacity(handles.len()));
            for handle in handles {
                outcomes.push(Receipt::read(*handle, id).and_then(|receipt| {
                    if queue.delete(receipt.sequence, receipt.mark, now)? {
                        gone.push(receipt.sequence);
                    }
                    Ok(())
                }));
            }
            // The next of a message group may have become ready.
            if queue.settings.fifo.is_some() && !gone.is_empty() {
                queue.arrivals.notify_one();
            }
            // A repeated delete waits for the first one's record.
            let durable = if gone.is_empty() {
                self.journal.settled()
            } else {
                self.record(state, &Record::Deleted { queue: id, messages: gone })
            };
            (durable, outcomes)
        };
        durable.await?;
        Ok(outcomes)
    }

    pub(super) fn change_visibility(&self, request: &OneReceipt) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        self.change(name, request.receipt_handle.as_deref(), request.visibility_timeout)?;
        Ok(Nothing {})
    }

    pub(super) fn change_visibility_batch(
        &self,
        request: &ManyReceipts,
    ) -> Result<BatchAnswer<Success>, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        self.state().named(name)?;
        check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
        let mut answer = BatchAnswer::new();
        for entry in &request.entries {
            let outcome = self.change(name, entry.receipt_handle.as_deref(), entry.visibility_timeout);
            answer.add(entry.id.clone(), outcome.map(|()| Success { id: entry.id.clone() }));
        }
        Ok(answer)
    }

    fn change(&self, name: &str, handle: Option<&str>, timeout: Option<i64>) -> Result<(), SqsError> {
        let now = self.now_ms();
        let mut state = self.state();
        let queue = state.named(name)?;
        let receipt = Receipt::read(handle, queue.id)?;
        let seconds = within("VisibilityTimeout", timeout, 0, 43_200)?
            .ok_or(SqsError::MissingParameter("VisibilityTimeout"))?;
        queue.change_visibility(receipt.sequence, receipt.mark, seconds * 1000, now)?;
        // Also when it becomes ready later: whoever waits has to wait for another time now.
        queue.arrivals.notify_waiters();
        Ok(())
    }
}
