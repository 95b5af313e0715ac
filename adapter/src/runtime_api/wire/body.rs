//! What follows a request's head.

use std::io;

use bytes::{Bytes, BytesMut};

use super::{
    LARGEST_HEAD, READ, Wire,
    head::{Head, Length, invalid},
};

const LARGEST_READ: usize = 64 * 1024;

/// Why there is no body.
#[derive(Debug)]
pub(in crate::runtime_api) enum BodyError {
    /// It was larger than it may be; it has been read to its end.
    TooLarge,
    /// The connection broke off, or a chunk was none.
    Broken(io::Error),
}

impl From<io::Error> for BodyError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// Fields after a chunked body that say how it ended.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::runtime_api) struct Trailers {
    /// `lambda-runtime-function-error-type`.
    pub(in crate::runtime_api) error_type: Option<String>,
    /// `lambda-runtime-function-error-body`: an error object in base64.
    pub(in crate::runtime_api) error_body: Option<String>,
}

/// How far a body has been read.
pub(in crate::runtime_api) struct Progress {
    /// Of the body, or of the present chunk.
    left: usize,
    chunked: bool,
    begun: bool,
    trailers: Option<Trailers>,
}

impl Wire {
    /// All of a body.
    pub(in crate::runtime_api) async fn body(
        &mut self,
        head: &Head,
        limit: usize,
    ) -> Result<Bytes, BodyError> {
        if let Length::Known(length) = head.length
            && self.read.len() >= length
            && length <= limit
        {
            let body = Bytes::copy_from_slice(&self.read[..length]);
            self.consume(length);
            return Ok(body);
        }
        let mut progress = self.begin_body(head).await?;
        let mut all = BytesMut::new();
        let mut too_large = false;
        while let Some(piece) = self.piece(&mut progress).await? {
            too_large |= all.len() + piece.len() > limit;
            if !too_large {
                all.extend_from_slice(&piece);
            }
        }
        if too_large { Err(BodyError::TooLarge) } else { Ok(all.freeze()) }
    }

    /// For reading a body piece by piece.
    pub(in crate::runtime_api) async fn begin_body(&mut self, head: &Head) -> io::Result<Progress> {
        if head.expects_continue && self.read.is_empty() {
            self.proceed().await?;
        }
        let (left, chunked) = match head.length {
            Length::Known(length) => (length, false),
            Length::Chunked => (0, true),
        };
        Ok(Progress { left, chunked, begun: false, trailers: None })
    }

    /// What has arrived; none at the end.
    pub(in crate::runtime_api) async fn piece(
        &mut self,
        progress: &mut Progress,
    ) -> io::Result<Option<Bytes>> {
        if progress.trailers.is_some() {
            return Ok(None);
        }
        if progress.left == 0 {
            if !progress.chunked {
                progress.trailers = Some(Trailers::default());
                return Ok(None);
            }
            progress.left = self.chunk_size(progress.begun).await?;
            progress.begun = true;
            if progress.left == 0 {
                progress.trailers = Some(self.trailers().await?);
                return Ok(None);
            }
        }
        if self.read.is_empty() && self.fill(progress.left.clamp(READ, LARGEST_READ)).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = self.read.len().min(progress.left);
        let piece = Bytes::copy_from_slice(&self.read[..length]);
        self.consume(length);
        progress.left -= length;
        Ok(Some(piece))
    }

    async fn chunk_size(&mut self, after_a_chunk: bool) -> io::Result<usize> {
        if after_a_chunk && !self.line().await?.is_empty() {
            return Err(invalid("a chunk is longer than it said"));
        }
        let line = self.line().await?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        usize::from_str_radix(digits, 16).map_err(|_| invalid("a chunk has no size"))
    }

    async fn trailers(&mut self) -> io::Result<Trailers> {
        let mut trailers = Trailers::default();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(trailers);
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            match name.trim().to_ascii_lowercase().as_str() {
                "lambda-runtime-function-error-type" => trailers.error_type = Some(value.trim().to_owned()),
                "lambda-runtime-function-error-body" => trailers.error_body = Some(value.trim().to_owned()),
                _ => {}
            }
        }
    }

    /// Up to the end of the line, without it.
    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let line = String::from_utf8_lossy(&self.read[..end]).into_owned();
                self.consume(end + 2);
                return Ok(line);
            }
            if self.read.len() > LARGEST_HEAD {
                return Err(invalid("a line is too long"));
            }
            if self.fill(READ).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl Progress {
    /// Once the body has been read to its end.
    pub(in crate::runtime_api) fn trailers(&self) -> Option<&Trailers> {
        self.trailers.as_ref()
    }
}
