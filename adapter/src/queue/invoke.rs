//! One invocation for a batch, tried again while the function cannot take it.

use std::{sync::Arc, time::Duration};

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use bytes::Bytes;
use tokio::time::Instant;

use super::{
    mapping::{Source, attribute},
    pace::Went,
};
use crate::{
    function::{Failure, Invocation, InvocationId},
    server,
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Of a trace header, as X-Ray's "Tracing header" has it.
const LONGEST_TRACE: usize = 256;

/// Runs an invocation to its end. While the function is throttled or cannot start the batch waits here, for as
/// long as it would have been hidden anyway, and the mapping works on fewer batches at a time.
pub(super) async fn invoke(
    source: &Source,
    id: InvocationId,
    messages: &[Arc<Message>],
    payload: &Bytes,
) -> Result<Bytes, Failure> {
    let give_up = Instant::now() + source.visibility();
    let trace_id = trace_of(messages).map_or_else(server::new_trace, str::to_owned);
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(function) = source.host.function(&source.function) else {
            return Err(Failure::ShuttingDown);
        };
        let (payload, trace_id) = (payload.clone(), trace_id.clone());
        let invocation = Invocation { id, ..Invocation::new(payload, trace_id) };
        let ended = match function.invoke(invocation).await {
            Ok(answer) => answer.whole(source.host.hosting.max_answer_bytes).await,
            Err(failure) => Err(failure),
        };
        source.pace.went(match &ended {
            Ok(_) => Went::Well,
            Err(failure) if failure.never_started() => Went::Refused,
            Err(_) => Went::Badly,
        });
        let failure = match ended {
            Err(failure) if failure.never_started() => failure,
            ended => return ended,
        };
        if source.is_stopping() || Instant::now() + pause > give_up {
            return Err(failure);
        }
        source.sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        if source.is_stopping() {
            return Err(failure);
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The trace that the first sender who named one was in (X-Ray: "Amazon SQS and AWS X-Ray").
fn trace_of(messages: &[Arc<Message>]) -> Option<&str> {
    let header = |message| attribute(message, &MessageSystemAttributeName::AwsTraceHeader);
    let is_trace = |text: &&str| {
        text.len() <= LONGEST_TRACE
            && text.split(';').any(|field| field.trim().starts_with("Root=1-"))
            && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
    };
    messages.iter().filter_map(|message| header(message)).find(is_trace)
}
