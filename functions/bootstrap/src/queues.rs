//! Jobs on their way to SQS.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_sqs::{
    Client,
    config::Builder,
    error::DisplayErrorContext,
    types::{MessageSystemAttributeNameForSends, SendMessageBatchRequestEntry},
};
use domain::{OutboxId, outbox::OutboxMessage};

use crate::trace::{self, TraceHeader};

/// Most messages of one SendMessageBatch.
const BATCH: usize = 10;

/// The queues of all functions.
#[derive(Debug, Clone)]
pub struct Queues {
    client: Client,
    url_prefix: String,
}

/// A queue did not take a job.
#[derive(Debug, thiserror::Error)]
#[error("queue: {0}")]
pub struct QueueError(pub(crate) String);

impl domain::Failure for QueueError {
    fn kind(&self) -> domain::Kind {
        domain::Kind::Unavailable
    }
}

impl Queues {
    pub(crate) fn new(aws: &SdkConfig, url_prefix: &str) -> Self {
        let config = Builder::from(aws).interceptor(TraceHeader).build();
        Self { client: Client::from_conf(config), url_prefix: url_prefix.to_owned() }
    }

    /// Sends messages to their functions' queues and answers which of them the queues have taken. What was not
    /// taken is logged and stays in the outbox.
    pub async fn send(&self, messages: &[OutboxMessage]) -> Vec<OutboxId> {
        let mut by_function: BTreeMap<&str, Vec<&OutboxMessage>> = BTreeMap::new();
        for message in messages {
            by_function.entry(&message.function).or_default().push(message);
        }
        let mut sent = Vec::new();
        for (function, messages) in by_function {
            for batch in messages.chunks(BATCH) {
                sent.extend(self.send_batch(function, batch).await);
            }
        }
        sent
    }

    async fn send_batch(&self, function: &str, batch: &[&OutboxMessage]) -> Vec<OutboxId> {
        let entries = (0_usize..).zip(batch).filter_map(|(index, message)| {
            let mut entry = SendMessageBatchRequestEntry::builder().id(index.to_string());
            if let Some(trace) = trace::message_attribute() {
                let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
                entry = entry.message_system_attributes(name, trace);
            }
            entry.message_body(message.body.to_string()).build().ok()
        });
        let url = format!("{}{function}", self.url_prefix);
        let request = self.client.send_message_batch().queue_url(url).set_entries(Some(entries.collect()));
        match request.send().await {
            Ok(answer) => {
                for refused in answer.failed() {
                    tracing::warn!(
                        function,
                        code = refused.code(),
                        message = refused.message(),
                        "message refused"
                    );
                }
                let taken = answer.successful().iter().filter_map(|entry| entry.id().parse::<usize>().ok());
                taken.filter_map(|index| batch.get(index)).map(|message| message.id).collect()
            }
            Err(error) => {
                tracing::warn!(function, error = %DisplayErrorContext(error), "queue did not take a message");
                Vec::new()
            }
        }
    }
}
