//! An answer that is read while the function is still writing it.
//!
//! Pieces pass through a short channel, so a slow client slows the function down and nothing piles up. The end
//! is said explicitly: a channel that closes without it belongs to an answer that broke off.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};

use super::{Failure, copied::Copied};

/// Pieces that may be on their way.
const PIECES: usize = 4;

/// How the body begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum StreamHead {
    /// With a JSON prelude and eight zero bytes: `application/vnd.awslambda.http-integration-response`.
    Prelude,
    /// At once; the content type that it was posted with, if any.
    Plain(Option<String>),
}

/// The reader's side. Dropping it tells nobody; the function writes to its end all the same.
#[derive(Debug)]
pub(crate) struct AnswerStream {
    pub(crate) head: StreamHead,
    pieces: mpsc::Receiver<Piece>,
    failure: Option<oneshot::Receiver<Failure>>,
    ended: bool,
    copy: Option<Copied>,
}

/// The writer's side.
#[derive(Debug)]
pub(crate) struct AnswerWriter(mpsc::Sender<Piece>);

/// By which the reader learns that the invocation has failed meanwhile.
#[derive(Debug)]
pub(super) struct StreamEnd(oneshot::Sender<Failure>);

#[derive(Debug)]
enum Piece {
    Data(Bytes),
    End,
}

pub(super) fn channel(head: StreamHead) -> (AnswerWriter, StreamEnd, AnswerStream) {
    let (writer, pieces) = mpsc::channel(PIECES);
    let (end, failure) = oneshot::channel();
    (
        AnswerWriter(writer),
        StreamEnd(end),
        AnswerStream { head, pieces, failure: Some(failure), ended: false, copy: None },
    )
}

impl StreamEnd {
    pub(super) fn fail(self, failure: Failure) {
        let _ = self.0.send(failure);
    }
}

impl AnswerWriter {
    /// Waits until the reader has room; false if there is none any more.
    pub(crate) async fn write(&self, data: Bytes) -> bool {
        data.is_empty() || self.0.send(Piece::Data(data)).await.is_ok()
    }

    pub(crate) async fn end(self) {
        let _ = self.0.send(Piece::End).await;
    }
}

impl AnswerStream {
    /// Copies what is read from here on.
    pub(super) fn copied(self, copy: Copied) -> Self {
        Self { copy: Some(copy), ..self }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// Why the rest will not come.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// As [`AnswerStream::next`].
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Failure>> {
        let piece = self.pieces.poll_recv(cx);
        match piece {
            Poll::Ready(Some(Piece::Data(data))) => {
                if let Some(copy) = &mut self.copy {
                    copy.add(&data);
                }
                return Poll::Ready(Ok(Some(data)));
            }
            Poll::Ready(Some(Piece::End)) => {
                self.ended = true;
                if let Some(copy) = &mut self.copy {
                    copy.is_whole();
                }
                return Poll::Ready(Ok(None));
            }
            Poll::Ready(None) if self.ended => return Poll::Ready(Ok(None)),
            // Somebody learns how the invocation ends, and tells.
            Poll::Ready(None) | Poll::Pending => {}
        }
        let Some(failure) = &mut self.failure else {
            let missing = || Err(Failure::BrokeOff { reason: "its end is missing".to_owned() });
            return piece.map(|_| missing());
        };
        let told = ready!(Pin::new(failure).poll(cx));
        self.failure = None;
        match told {
            Ok(failure) => Poll::Ready(Err(failure)),
            // It has ended well; its last pieces are on their way.
            Err(_) => self.poll_next(cx),
        }
    }

    pub(super) async fn collect(mut self, limit: usize) -> Result<Bytes, Failure> {
        let mut all = BytesMut::new();
        while let Some(piece) = self.next().await? {
            if all.len() + piece.len() > limit {
                return Err(Failure::AnswerTooLarge { limit });
            }
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }
}
