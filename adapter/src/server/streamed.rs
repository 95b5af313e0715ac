//! The head of an answer that a function streams.

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, header};

use super::{Answer, body::AnswerBody};
use crate::{
    event::http_response::{self, InvalidResponse},
    function::{AnswerStream, Failure, StreamHead},
};

/// Between the prelude and the body.
const DELIMITER: [u8; 8] = [0; 8];
const LONGEST_PRELUDE: usize = 128 * 1024;

/// Waits for as much as the head needs.
///
/// # Errors
/// The outer one if the stream broke off before, the inner one if its prelude is no response.
pub(super) async fn response(stream: AnswerStream) -> Result<Result<Answer, InvalidResponse>, Failure> {
    match stream.head.clone() {
        StreamHead::Prelude => with_prelude(stream).await,
        StreamHead::Plain(content_type) => {
            let content_type = content_type.and_then(|text| HeaderValue::from_str(&text).ok());
            let content_type = content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
            let mut response = Response::new(AnswerBody::streamed(Bytes::new(), stream));
            response.headers_mut().insert(header::CONTENT_TYPE, content_type);
            Ok(Ok(response))
        }
    }
}

async fn with_prelude(mut stream: AnswerStream) -> Result<Result<Answer, InvalidResponse>, Failure> {
    let mut read = BytesMut::new();
    loop {
        let searched = read.len().saturating_sub(DELIMITER.len() - 1);
        let Some(piece) = stream.next().await? else {
            return Ok(Err(InvalidResponse::new("a streamed answer without the end of its prelude")));
        };
        read.extend_from_slice(&piece);
        let found = read[searched..].windows(DELIMITER.len()).position(|window| window == DELIMITER);
        if let Some(end) = found.map(|place| searched + place) {
            let first = read.freeze();
            let head = http_response::prelude(&first.slice(..end));
            let body = AnswerBody::streamed(first.slice(end + DELIMITER.len()..), stream);
            return Ok(head.map(|head| head.map(|()| body)));
        }
        if read.len() > LONGEST_PRELUDE {
            return Ok(Err(InvalidResponse::new("a streamed answer with a prelude that is too long")));
        }
    }
}
