//! HTTP/1.1 (RFC 9112) as far as runtimes speak it to the host on their own machine: requests one after the
//! other, bodies by length or in chunks with trailers.
//!
//! Most of an invocation's cost is in these few messages, so each is read and written with one system call where
//! it can be, and nothing is parsed that nobody asks for. A general server costs twice the time here.

mod body;
mod head;

use std::{future::pending, io};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(super) use body::BodyError;
pub(super) use head::{Asked, Head};

/// A request's head may have as much; those of runtimes have a few hundred bytes.
const LARGEST_HEAD: usize = 64 * 1024;
const READ: usize = 4 * 1024;
/// A reply up to this length is copied behind its head, a longer one is written after it.
const JOINED: usize = 32 * 1024;

/// One connection of a process.
pub(super) struct Wire {
    stream: TcpStream,
    /// Read and not used yet.
    read: BytesMut,
    written: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, read: BytesMut::new(), written: Vec::new() }
    }

    /// The next request's head; none if the connection ended between requests.
    ///
    /// # Errors
    /// A head that is no HTTP or too large, or a connection that broke off within it.
    pub(super) async fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            if let Some((head, length)) = head::parse(&self.read)? {
                self.consume(length);
                return Ok(Some(head));
            }
            if self.read.len() > LARGEST_HEAD {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the head is too large"));
            }
            if self.fill(READ).await? == 0 {
                return if self.read.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    /// Resolves when the process has closed the connection. What it sends meanwhile is kept.
    pub(super) async fn closed(&mut self) {
        loop {
            if self.read.len() > LARGEST_HEAD {
                // It sends what it should not; its next request will be refused.
                pending::<()>().await;
            }
            if self.stream.readable().await.is_err() {
                return;
            }
            self.read.reserve(READ);
            match self.stream.try_read_buf(&mut self.read) {
                Ok(0) => return,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                _ => {}
            }
        }
    }

    /// Writes a whole reply.
    pub(super) async fn reply(
        &mut self,
        status: &str,
        headers: &[(&str, &str)],
        body: &Bytes,
    ) -> io::Result<()> {
        self.written.clear();
        for text in ["HTTP/1.1 ", status, "\r\ncontent-type: application/json\r\n"] {
            self.written.extend_from_slice(text.as_bytes());
        }
        for (name, value) in headers {
            for text in [name, ": ", value, "\r\n"] {
                self.written.extend_from_slice(text.as_bytes());
            }
        }
        self.written.extend_from_slice(b"content-length: ");
        io::Write::write_fmt(&mut self.written, format_args!("{}\r\n\r\n", body.len()))?;
        if body.len() <= JOINED {
            self.written.extend_from_slice(body);
            return self.stream.write_all(&self.written).await;
        }
        self.stream.write_all(&self.written).await?;
        self.stream.write_all(body).await
    }

    async fn proceed(&mut self) -> io::Result<()> {
        self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await
    }

    async fn fill(&mut self, room: usize) -> io::Result<usize> {
        self.read.reserve(room);
        self.stream.read_buf(&mut self.read).await
    }

    /// What is used up leaves the buffer as it was, so that it is never allocated anew.
    fn consume(&mut self, length: usize) {
        if length == self.read.len() {
            self.read.clear();
        } else {
            bytes::Buf::advance(&mut self.read, length);
        }
    }
}
