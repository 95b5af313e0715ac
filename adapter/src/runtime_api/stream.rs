//! Answers that are posted piece by piece: "Response streaming for Lambda functions", "Building a custom runtime
//! for AWS Lambda", section on response streaming.
//!
//! How an answer ended is said by trailers. `lambda_runtime` announces them and then writes them as the last text
//! of the body, so text of that form at the end of such a body is taken for what it means.

use std::io;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};

use super::{
    Caller, answer,
    reply::Reply,
    wire::{Head, Wire},
};
use crate::{
    event::http_response::STREAMING,
    function::{AnswerWriter, Failure, InvocationId, StreamHead},
};

const ERROR_TYPE: &[u8] = b"Lambda-Runtime-Function-Error-Type: ";
const ERROR_BODY: &str = "Lambda-Runtime-Function-Error-Body: ";
/// More than that is no error's text.
const LONGEST_ERROR: usize = 256 * 1024;

impl Caller {
    pub(super) async fn streamed_response(
        &self,
        wire: &mut Wire,
        head: &Head,
        id: InvocationId,
    ) -> io::Result<Reply> {
        let kind = match &head.content_type {
            Some(text) if text.eq_ignore_ascii_case(STREAMING) => StreamHead::Prelude,
            other => StreamHead::Plain(other.clone()),
        };
        let writer = match self.function.begin_stream(self.number, id, kind) {
            Ok(writer) => writer,
            Err(receipt) => {
                answer::discard(wire, head).await?;
                return Ok(receipt.into());
            }
        };
        match copy(wire, head, &writer).await {
            Ok(None) => {
                writer.end().await;
                Ok(self.function.end_stream(self.number, id, None).into())
            }
            Ok(Some(reason)) => {
                let failure = Failure::BrokeOff { reason };
                Ok(self.function.end_stream(self.number, id, Some(failure)).into())
            }
            Err(error) => {
                // If the process is ending, that is told with its reason when it has been seen.
                let reason = format!("the process closed the connection: {error}");
                self.function.stream_broke(self.number, id, reason);
                Err(error)
            }
        }
    }
}

/// Until the end; what the function said if that was an error. A reader that has gone changes nothing for the
/// function.
async fn copy(wire: &mut Wire, head: &Head, writer: &AnswerWriter) -> io::Result<Option<String>> {
    let mut held = Held { bytes: BytesMut::new(), active: head.announces_error };
    let mut progress = wire.begin_body(head).await?;
    let mut wanted = true;
    while let Some(piece) = wire.piece(&mut progress).await? {
        for data in held.take(piece) {
            wanted = wanted && writer.write(data).await;
        }
    }
    if let Some(kind) = progress.trailers().and_then(|trailers| trailers.error_type.as_deref()) {
        let body =
            progress.trailers().and_then(|trailers| trailers.error_body.as_deref()).unwrap_or_default();
        return Ok(Some(error_text(kind, body)));
    }
    if let Some(reason) = held.error() {
        return Ok(Some(reason));
    }
    if wanted {
        writer.write(held.bytes.freeze()).await;
    }
    Ok(None)
}

/// Keeps back what may be the text of an error until more is known.
struct Held {
    bytes: BytesMut,
    active: bool,
}

impl Held {
    /// What can be passed on.
    fn take(&mut self, piece: Bytes) -> impl Iterator<Item = Bytes> {
        if !self.active {
            return Some(piece).into_iter();
        }
        self.bytes.extend_from_slice(&piece);
        let kept = match position(&self.bytes) {
            Some(start) if self.bytes.len() - start <= LONGEST_ERROR => start,
            Some(_) => self.bytes.len(),
            None => self.bytes.len() - beginning(&self.bytes),
        };
        Some(self.bytes.split_to(kept).freeze()).into_iter()
    }

    /// What the text kept back says, if it is an error's and nothing else.
    fn error(&self) -> Option<String> {
        let text = std::str::from_utf8(self.bytes.strip_prefix(ERROR_TYPE)?).ok()?;
        let (kind, rest) = text.split_once("\r\n")?;
        let body = rest.strip_prefix(ERROR_BODY)?.strip_suffix("\r\n")?;
        (!body.contains(['\r', '\n'])).then(|| error_text(kind, body))
    }
}

fn position(bytes: &[u8]) -> Option<usize> {
    bytes.windows(ERROR_TYPE.len()).position(|window| window == ERROR_TYPE)
}

/// How many bytes at the end may be the beginning of an error's text.
fn beginning(bytes: &[u8]) -> usize {
    (1..ERROR_TYPE.len()).rev().find(|&length| bytes.ends_with(&ERROR_TYPE[..length])).unwrap_or(0)
}

fn error_text(kind: &str, body: &str) -> String {
    let decoded = STANDARD.decode(body).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    format!("{kind}: {}", decoded.as_deref().unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(pieces: &[&'static str]) -> (String, Option<String>) {
        let mut held = Held { bytes: BytesMut::new(), active: true };
        let mut text = String::new();
        for piece in pieces {
            for data in held.take(Bytes::from_static(piece.as_bytes())) {
                text.push_str(std::str::from_utf8(&data).unwrap());
            }
        }
        let error = held.error();
        if error.is_none() {
            text.push_str(std::str::from_utf8(&held.bytes).unwrap());
        }
        (text, error)
    }

    #[test]
    fn an_error_at_the_end_is_kept_from_the_reader_however_it_is_cut() {
        let error = "Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n\
            Lambda-Runtime-Function-Error-Body: Ym9vbQ==\r\n";
        for cut in 0..error.len() {
            let (text, reason) = passed(&["hello", &error[..cut], &error[cut..]]);
            assert_eq!(
                (text.as_str(), reason.as_deref()),
                ("hello", Some("Runtime.StreamError: boom")),
                "{cut}"
            );
        }
    }

    #[test]
    fn what_only_looks_like_an_error_is_passed_on() {
        for text in [
            "Lambda-Runtime",
            "Lambda-Runtime-Function-Error-Type: x",
            "Lambda-Runtime-Function-Error-Type: x\r\nLambda-Runtime-Function-Error-Body: eA==\r\nmore",
        ] {
            assert_eq!(passed(&["a", text]), (format!("a{text}"), None));
        }
    }
}
