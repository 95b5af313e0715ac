//! Invocations handed out and answers taken: "Using the Lambda runtime API for custom runtimes" in the Lambda
//! Developer Guide.

use std::io;

use bytes::Bytes;

use super::{
    Caller, is_stale,
    reply::Reply,
    wire::{BodyError, Head, Wire},
};
use crate::function::{Delivery, Failure, InvocationId, Receipt};

/// What an error object may say, in bytes.
const MAX_ERROR_BYTES: usize = 1024 * 1024;

impl Caller {
    /// Parks until there is an invocation.
    pub(super) async fn next(&self, wire: &mut Wire) -> io::Result<()> {
        let mut poll = self.function.poll(self.number);
        let delivery = tokio::select! {
            biased;
            delivery = &mut poll => delivery,
            () = wire.closed() => {
                // It may have been given something in this moment.
                poll.close();
                if let Ok(delivery) = poll.try_recv() {
                    self.function.undelivered(self.number, delivery);
                }
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        };
        let Ok(delivery) = delivery else {
            // The process is being retired and will be signalled; until then it waits.
            wire.closed().await;
            return Err(io::ErrorKind::ConnectionAborted.into());
        };
        let written = self.hand_out(wire, &delivery).await;
        if written.is_err() {
            self.function.undelivered(self.number, delivery);
        }
        written
    }

    async fn hand_out(&self, wire: &mut Wire, delivery: &Delivery) -> io::Result<()> {
        let invocation = &delivery.invocation;
        let id = invocation.id.as_str();
        let deadline = delivery.deadline_ms.to_string();
        let always = [
            ("lambda-runtime-aws-request-id", id),
            ("lambda-runtime-invocation-id", id),
            ("lambda-runtime-deadline-ms", &deadline),
            ("lambda-runtime-invoked-function-arn", &self.function.arn),
            ("lambda-runtime-trace-id", &invocation.trace_id),
        ];
        match &invocation.client_context {
            None => wire.reply("200 OK", &always, &invocation.payload).await,
            Some(context) => {
                let context = ("lambda-runtime-client-context", context.as_str());
                wire.reply("200 OK", &[&always[..], &[context]].concat(), &invocation.payload).await
            }
        }
    }

    pub(super) async fn response(&self, wire: &mut Wire, head: &Head, id: InvocationId) -> io::Result<Reply> {
        if is_stale(head, id) {
            discard(wire, head).await?;
            return Ok(Receipt::Late.into());
        }
        if head.is_streaming {
            return self.streamed_response(wire, head, id).await;
        }
        let limit = self.function.hosting.max_answer_bytes;
        match wire.body(head, limit).await {
            Ok(payload) => Ok(self.function.complete(self.number, id, Ok(payload)).into()),
            Err(BodyError::TooLarge) => {
                self.function.complete(self.number, id, Err(Failure::AnswerTooLarge { limit }));
                Ok(Reply::too_large(limit))
            }
            Err(BodyError::Broken(error)) => Err(error),
        }
    }

    pub(super) async fn error(&self, wire: &mut Wire, head: &Head, id: InvocationId) -> io::Result<Reply> {
        let error_type = head.error_type.clone().unwrap_or_else(|| "Unhandled".to_owned());
        let payload = error_object(wire, head).await?;
        if is_stale(head, id) {
            return Ok(Receipt::Late.into());
        }
        let failure = Failure::Reported { error_type, payload };
        Ok(self.function.complete(self.number, id, Err(failure)).into())
    }

    pub(super) async fn init_error(&self, wire: &mut Wire, head: &Head) -> io::Result<Reply> {
        let error_type = head.error_type.clone().unwrap_or_else(|| "Runtime.InitError".to_owned());
        let payload = error_object(wire, head).await?;
        let text = String::from_utf8_lossy(&payload);
        self.function.init_failed(self.number, format!("reported {error_type}: {text}"));
        Ok(Reply::accepted())
    }
}

async fn error_object(wire: &mut Wire, head: &Head) -> io::Result<Bytes> {
    match wire.body(head, MAX_ERROR_BYTES).await {
        Ok(payload) => Ok(payload),
        Err(BodyError::TooLarge) => {
            Ok(Bytes::from_static(b"{\"errorMessage\":\"the error itself was too large\"}"))
        }
        Err(BodyError::Broken(error)) => Err(error),
    }
}

/// Reads a body to its end, so that the next request can be read.
pub(super) async fn discard(wire: &mut Wire, head: &Head) -> io::Result<()> {
    match wire.body(head, 0).await {
        Ok(_) | Err(BodyError::TooLarge) => Ok(()),
        Err(BodyError::Broken(error)) => Err(error),
    }
}
