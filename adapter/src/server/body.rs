//! The body of an answer, whole or still being written, and the observer told at its end.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::{
    function::{AnswerStream, Failure},
    observer::{HttpRecord, Observer},
};

/// See the module.
pub(crate) struct AnswerBody {
    source: Source,
    told: Option<Box<Told>>,
}

enum Source {
    Whole(Bytes),
    /// What came with the head, and the rest.
    Streamed(Bytes, AnswerStream),
    /// It will not be whole; the client is yet to be told.
    Broken(Option<Failure>),
}

/// Told when the body has ended, or the client has gone.
struct Told {
    observer: Arc<dyn Observer>,
    record: HttpRecord<'static>,
    started: Instant,
}

impl AnswerBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { source: Source::Whole(bytes), told: None }
    }

    pub(super) fn streamed(first: Bytes, rest: AnswerStream) -> Self {
        Self { source: Source::Streamed(first, rest), told: None }
    }

    /// Changes a body that is whole; others stay as they are.
    pub(super) fn changed(self, change: impl FnOnce(Bytes) -> Bytes) -> Self {
        match self.source {
            Source::Whole(bytes) => Self { source: Source::Whole(change(bytes)), ..self },
            source => Self { source, ..self },
        }
    }

    /// In bytes, if it is known.
    pub(super) fn length(&self) -> Option<u64> {
        match &self.source {
            Source::Whole(bytes) => Some(bytes.len() as u64),
            Source::Streamed(..) | Source::Broken(_) => None,
        }
    }

    /// Whole answers are told at once, streamed ones with their final length and duration.
    pub(super) fn told_of(
        mut self,
        observer: &Arc<dyn Observer>,
        record: HttpRecord<'_>,
        started: Instant,
    ) -> Self {
        match self.source {
            Source::Whole(_) => observer.http_request(&record),
            Source::Streamed(..) | Source::Broken(_) => {
                let (observer, record) = (Arc::clone(observer), record.into_owned());
                self.told = Some(Box::new(Told { observer, record, started }));
            }
        }
        self
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    /// The connection is closed before the body's end, which tells the client that it is not whole.
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let this = &mut *self;
        let data = match &mut this.source {
            Source::Whole(bytes) | Source::Streamed(bytes, _) if !bytes.is_empty() => std::mem::take(bytes),
            Source::Whole(_) => return Poll::Ready(None),
            Source::Broken(failure) => return Poll::Ready(failure.take().map(Err)),
            Source::Streamed(_, rest) => match ready!(rest.poll_next(cx)) {
                Ok(Some(data)) => data,
                Ok(None) => return Poll::Ready(None),
                Err(failure) => {
                    if let Some(told) = &mut this.told {
                        told.record.error = Some(failure.to_string());
                    }
                    this.source = Source::Broken(Some(failure));
                    // What was written before is sent while this waits.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            },
        };
        if let Some(told) = &mut this.told {
            told.record.bytes += data.len() as u64;
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.source, Source::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        self.length().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.record.duration = self.started.elapsed();
        self.observer.http_request(&self.record);
    }
}
