//! Decodes `aws-chunked`: chunks after a line with their size in hex (and a signature, which is ignored), an empty
//! chunk, and trailers.

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream};
use http_body_util::BodyExt;
use hyper::body::Body;

use super::super::answer::BoxError;

/// A longer line is none of a chunk.
const MAX_LINE: usize = 16 * 1024;

/// The content of a body in `aws-chunked` encoding. A body that ends early or is not so encoded ends in an error.
pub(super) fn decode<B>(body: B) -> impl Stream<Item = Result<Bytes, BoxError>>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    let decoder = Decoder { body, buffer: BytesMut::new(), left: 0, started: false };
    stream::try_unfold(Some(decoder), async |decoder| {
        let Some(mut decoder) = decoder else { return Ok(None) };
        Ok(decoder.next().await?.map(|bytes| (bytes, Some(decoder))))
    })
}

struct Decoder<B> {
    body: B,
    buffer: BytesMut,
    /// Bytes of the present chunk that are still to come.
    left: usize,
    started: bool,
}

impl<B> Decoder<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    async fn next(&mut self) -> Result<Option<Bytes>, BoxError> {
        if self.left == 0 {
            if self.started && !self.line().await?.is_empty() {
                return Err("a chunk is longer than its size says".into());
            }
            self.started = true;
            self.left = chunk_size(&self.line().await?)?;
            if self.left == 0 {
                // Trailers hold checksums of what came over the loopback interface; read, so that the connection
                // can be used again.
                while self.fill().await? {
                    self.buffer.clear();
                }
                return Ok(None);
            }
        }
        while self.buffer.is_empty() {
            self.require_more().await?;
        }
        let length = self.left.min(self.buffer.len());
        self.left -= length;
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    /// The bytes up to the next CRLF.
    async fn line(&mut self) -> Result<Bytes, BoxError> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.split_to(end).freeze();
                let _ = self.buffer.split_to(2);
                return Ok(line);
            }
            if self.buffer.len() > MAX_LINE {
                return Err("the body is not in aws-chunked encoding".into());
            }
            self.require_more().await?;
        }
    }

    async fn require_more(&mut self) -> Result<(), BoxError> {
        if self.fill().await? { Ok(()) } else { Err("the body ended within a chunk".into()) }
    }

    /// Reads on; false at the end of the body.
    async fn fill(&mut self) -> Result<bool, BoxError> {
        loop {
            let Some(frame) = self.body.frame().await else { return Ok(false) };
            if let Ok(data) = frame.map_err(Into::into)?.into_data() {
                self.buffer.extend_from_slice(&data);
                return Ok(true);
            }
        }
    }
}

fn chunk_size(line: &[u8]) -> Result<usize, BoxError> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let digits = std::str::from_utf8(digits)?;
    Ok(usize::from_str_radix(digits, 16)?)
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    async fn decoded(text: &[u8], piece: usize) -> Result<Vec<u8>, BoxError> {
        let frames: Vec<_> = text
            .chunks(piece)
            .map(|bytes| Ok::<_, BoxError>(Frame::data(Bytes::copy_from_slice(bytes))))
            .collect();
        let body = StreamBody::new(stream::iter(frames));
        Box::pin(decode(body))
            .try_fold(Vec::new(), async |all, bytes| Ok([all, bytes.to_vec()].concat()))
            .await
    }

    #[tokio::test]
    async fn chunks_are_put_together_however_the_network_cuts_them() {
        let text = b"4;chunk-signature=ab\r\nwiki\r\n5\r\npedia\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
        for piece in 1..=text.len() {
            assert_eq!(decoded(text, piece).await.unwrap(), b"wikipedia", "in pieces of {piece}");
        }
    }

    #[tokio::test]
    async fn a_body_that_ends_early_or_lies_about_a_size_is_an_error() {
        for bad in [&b"4\r\nwi"[..], b"4\r\nwiki\r\n", b"3\r\nwiki\r\n0\r\n\r\n", b"zz\r\n", b""] {
            assert!(decoded(bad, 64).await.is_err(), "{bad:?}");
        }
    }
}
