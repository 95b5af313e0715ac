//! The beginning of a streamed answer, kept for the observer while the client reads it.

use std::{fmt, sync::Arc};

use bytes::BytesMut;

use crate::observer::{Observer, Streamed};

/// Tells what it has when it is dropped with the stream.
pub(super) struct Copied {
    observer: Arc<dyn Observer>,
    request_id: String,
    limit: usize,
    kept: BytesMut,
    length: u64,
    whole: bool,
}

impl Copied {
    /// Keeps at most `limit` bytes.
    pub(super) fn new(observer: Arc<dyn Observer>, request_id: String, limit: usize) -> Self {
        Self { observer, request_id, limit, kept: BytesMut::new(), length: 0, whole: false }
    }

    pub(super) fn add(&mut self, data: &[u8]) {
        let room = self.limit.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(&data[..data.len().min(room)]);
        self.length += data.len() as u64;
    }

    pub(super) fn is_whole(&mut self) {
        self.whole = true;
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let answer = std::mem::take(&mut self.kept).freeze();
        let (request_id, length, whole) = (self.request_id.as_str(), self.length, self.whole);
        self.observer.streamed(&Streamed { request_id, answer: &answer, length, whole });
    }
}

impl fmt::Debug for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copied").field("length", &self.length).finish_non_exhaustive()
    }
}
