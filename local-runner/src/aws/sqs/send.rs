//! SendMessage and SendMessageBatch.

use serde::{Deserialize, Serialize};

use super::Queues;
use super::batch::{BatchAnswer, check_ids};
use super::draft::{Draft, Ready};
use super::error::SqsError;
use super::names::name_in;
use super::queue::Sequence;
use super::record::Record;
use super::settings::MAX_MESSAGE_BYTES;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessageBatch {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Draft>,
}

/// The answer for one message.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    #[serde(rename = "Id", skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(rename = "MessageId")]
    pub(super) message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    pub(super) md5_of_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub(super) md5_of_attributes: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    pub(super) md5_of_system_attributes: Option<String>,
    #[serde(rename = "SequenceNumber", skip_serializing_if = "Option::is_none")]
    pub(super) sequence_number: Option<String>,
}

/// A FIFO queue's number for a message: 20 digits that grow, but not by one.
pub(super) fn sequence_number(sequence: Sequence) -> String {
    (10_000_000_000_000_000_000_u128 + u128::from(sequence)).to_string()
}

impl Queues {
    pub(super) async fn send_message(&self, draft: Draft) -> Result<Sent, SqsError> {
        let url = draft.queue_url.clone();
        let name = name_in(url.as_deref())?;
        let settings = self.state().named(name)?.settings.clone();
        let ready = draft.prepare(&settings, self.now_ms())?;
        let mut sent = self.enqueue(name, vec![ready]).await?;
        sent.pop().ok_or_else(|| SqsError::Internal("a message sent has an answer".into()))
    }

    pub(super) async fn send_message_batch(
        &self,
        request: SendMessageBatch,
    ) -> Result<BatchAnswer<Sent>, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let settings = self.state().named(name)?.settings.clone();
        check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
        let total: usize = request.entries.iter().map(Draft::bytes).sum();
        if total > MAX_MESSAGE_BYTES {
            return Err(SqsError::BatchRequestTooLong(total));
        }
        let now = self.now_ms();
        let (mut answer, mut good) = (BatchAnswer::new(), Vec::with_capacity(request.entries.len()));
        for mut draft in request.entries {
            let id = std::mem::take(&mut draft.id);
            match draft.prepare(&settings, now) {
                Ok(mut ready) => {
                    ready.sent.id = Some(id);
                    good.push(ready);
                }
                Err(error) => answer.add(id, Err(error)),
            }
        }
        if !good.is_empty() {
            answer.successful = self.enqueue(name, good).await?;
        }
        Ok(answer)
    }

    /// Puts messages into the queue and returns once they are durable. They can be received even a little earlier,
    /// which at-least-once delivery allows: a sender that was told nothing sends again. Duplicates on a FIFO queue are
    /// answered as the message that they repeat, and not put into it.
    async fn enqueue(&self, name: &str, messages: Vec<Ready>) -> Result<Vec<Sent>, SqsError> {
        let (durable, answers) = {
            let mut guard = self.state();
            let state = &mut *guard;
            let queue = state.named(name)?;
            let (id, is_fifo, arrivals) = (queue.id, queue.settings.fifo.is_some(), queue.arrivals.clone());
            let (mut stored, mut answers) = (Vec::with_capacity(messages.len()), Vec::new());
            let mut is_any_delayed = false;
            for Ready { message, delay_ms, mut sent } in messages {
                let ready_ms = (delay_ms > 0).then_some(message.sent_ms + delay_ms);
                is_any_delayed |= ready_ms.is_some();
                let sequence = match state.send(name, message, ready_ms)? {
                    Ok(message) => {
                        let sequence = message.sequence;
                        stored.push(message);
                        sequence
                    }
                    Err(original) => {
                        sent.message_id = original.message_id;
                        original.sequence
                    }
                };
                sent.sequence_number = is_fifo.then(|| sequence_number(sequence));
                answers.push(sent);
            }
            if is_any_delayed {
                // All have to wait for another time now.
                arrivals.notify_waiters();
            } else {
                arrivals.notify_one();
            }
            let durable = if stored.is_empty() {
                self.journal.settled()
            } else {
                self.record(state, &Record::Sent { queue: id, messages: stored })
            };
            (durable, answers)
        };
        durable.await?;
        Ok(answers)
    }
}
