//! Durability for state that lives in memory: an append-only file of checksummed records with group commit.
//!
//! A service changes its state and calls [`Journal::append`] under one and the same lock, so that the order of the
//! records is the order of the changes; it then drops the lock and awaits the returned [`Durable`] before it
//! acknowledges. One thread writes: it takes everything appended since its last `fdatasync`, writes it with one call,
//! syncs once and wakes all who waited. No lock is held across the sync, so the next batch gathers meanwhile.
//!
//! When the file has grown large against what it describes, the service hands over a snapshot
//! ([`Journal::replace`]), which takes the place of everything before it through a new file and an atomic rename.

mod file;
mod frame;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use file::JournalFile;

/// Bytes appended since the last snapshot below which a journal is never worth compacting.
const COMPACTION_FLOOR: u64 = 32 * 1024 * 1024;

/// Writes the records of a snapshot through the function that it is given, once per record.
pub(crate) type Snapshot = Box<dyn FnOnce(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> + Send>;

/// Why a journal could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its directory cannot be read or written.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The journal's file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file does not begin as a journal of this version does.
    #[error("{path} is not a journal of this version; move it away to start empty")]
    Foreign {
        /// The journal's file.
        path: PathBuf,
    },
    /// A whole, checksummed record means nothing to the service.
    #[error("{path} holds a record that this version cannot replay: {reason}")]
    Replay {
        /// The journal's file.
        path: PathBuf,
        /// What the service said about the record.
        reason: String,
    },
}

/// Why a change did not become durable. The state in memory may be ahead of the disk from then on, so a journal that
/// failed once refuses everything until it is opened again.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum JournalError {
    #[error("the journal could not be written: {0}")]
    Write(Arc<io::Error>),
    #[error("the journal is closed")]
    Closed,
}

/// An append-only file with group commit. See the module's documentation for the order of calls.
#[derive(Debug)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    pending: Mutex<Pending>,
    wake: Condvar,
    /// Bytes of the last snapshot, and bytes written or pending after it.
    snapshot_bytes: AtomicU64,
    appended_bytes: AtomicU64,
}

#[derive(Default)]
struct Pending {
    snapshot: Option<Snapshot>,
    frames: Vec<u8>,
    waiters: Vec<oneshot::Sender<Result<(), JournalError>>>,
    /// Somebody waits, or a snapshot is due: do not leave the frames until the next commit.
    urgent: bool,
    committing: bool,
    closing: bool,
    failed: Option<JournalError>,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("frames", &self.frames.len()).finish_non_exhaustive()
    }
}

/// Resolves when everything appended before it is on the disk.
#[derive(Debug)]
#[must_use = "an acknowledgement has to wait for it"]
pub(crate) struct Durable(Option<oneshot::Receiver<Result<(), JournalError>>>);

impl Future for Durable {
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            None => Poll::Ready(Ok(())),
            Some(receiver) => {
                Pin::new(receiver).poll(cx).map(|outcome| outcome.unwrap_or(Err(JournalError::Closed)))
            }
        }
    }
}

impl Journal {
    /// Opens or creates the journal at `path` and hands every whole record to `replay`, oldest first. What follows
    /// the last whole record was never acknowledged: it is cut off, with a warning, and kept beside the journal.
    pub(crate) fn open(
        path: &Path,
        mut replay: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<Self, OpenError> {
        let (file, replayed) = JournalFile::open(path, &mut replay)?;
        let shared = Arc::new(Shared::default());
        shared.appended_bytes.store(replayed, Ordering::Relaxed);
        let writer = std::thread::Builder::new()
            .name("journal".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.write_until_closed(file)
            })
            .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        Ok(Self { shared, writer: Mutex::new(Some(writer)) })
    }

    /// Adds one record; the result resolves when it is durable.
    pub(crate) fn append(&self, record: &[u8]) -> Durable {
        let mut pending = self.shared.pending();
        self.shared.push(&mut pending, record);
        self.shared.wait_in(&mut pending)
    }

    /// Adds one record that may be lost in a crash: it is written with the next commit that somebody waits for.
    pub(crate) fn append_lazily(&self, record: &[u8]) {
        let mut pending = self.shared.pending();
        self.shared.push(&mut pending, record);
    }

    /// Resolves when all that has been appended so far is durable; at once if it already is.
    pub(crate) fn settled(&self) -> Durable {
        let mut pending = self.shared.pending();
        let idle = pending.frames.is_empty() && pending.snapshot.is_none() && !pending.committing;
        if idle && pending.failed.is_none() { Durable(None) } else { self.shared.wait_in(&mut pending) }
    }

    /// Makes `snapshot` take the place of every record appended so far. Call it under the lock that orders appends,
    /// with a snapshot of exactly the state at this moment; it runs later, on the journal's thread.
    pub(crate) fn replace(&self, snapshot: Snapshot) {
        let mut pending = self.shared.pending();
        pending.frames.clear();
        pending.snapshot = Some(snapshot);
        pending.urgent = true;
        self.shared.appended_bytes.store(0, Ordering::Relaxed);
        self.shared.wake.notify_one();
    }

    /// Whether the records since the last snapshot have outgrown it so far that a new one pays.
    pub(crate) fn has_outgrown_its_state(&self) -> bool {
        let appended = self.shared.appended_bytes.load(Ordering::Relaxed);
        appended > COMPACTION_FLOOR.max(4 * self.shared.snapshot_bytes.load(Ordering::Relaxed))
    }

    /// Writes what is pending and stops. Later appends fail. Blocks for at most one commit.
    pub(crate) fn close(&self) {
        self.shared.pending().closing = true;
        self.shared.wake.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the journal's thread panicked");
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

struct Batch {
    snapshot: Option<Snapshot>,
    frames: Vec<u8>,
    waiters: Vec<oneshot::Sender<Result<(), JournalError>>>,
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, pending: &mut Pending, record: &[u8]) {
        let before = pending.frames.len();
        frame::encode(record, &mut pending.frames);
        let grown = (pending.frames.len() - before) as u64;
        self.appended_bytes.fetch_add(grown, Ordering::Relaxed);
    }

    fn wait_in(&self, pending: &mut Pending) -> Durable {
        let (sender, receiver) = oneshot::channel();
        let refusal = pending.failed.clone().or_else(|| pending.closing.then_some(JournalError::Closed));
        if let Some(error) = refusal {
            // The receiver is in our hands, so this cannot fail.
            let _ = sender.send(Err(error));
            return Durable(Some(receiver));
        }
        pending.waiters.push(sender);
        pending.urgent = true;
        self.wake.notify_one();
        Durable(Some(receiver))
    }

    /// The journal's thread. Buffers go back and forth so that a steady load allocates nothing.
    fn write_until_closed(&self, mut file: JournalFile) {
        let mut spare = Vec::new();
        while let Some(mut batch) = self.next_batch(std::mem::take(&mut spare)) {
            let outcome = file
                .commit(batch.snapshot.take(), &batch.frames)
                .map_err(|error| JournalError::Write(Arc::new(error)));
            if let Err(error) = &outcome {
                tracing::error!(%error, "nothing is acknowledged any more");
            }
            self.snapshot_bytes.store(file.snapshot_bytes(), Ordering::Relaxed);
            self.pending().failed = outcome.clone().err();
            for waiter in batch.waiters {
                // Whoever has stopped waiting does not want to know.
                let _ = waiter.send(outcome.clone());
            }
            batch.frames.clear();
            spare = batch.frames;
        }
    }

    /// Waits for something urgent and takes all that is pending; `None` when closed and nothing is left.
    fn next_batch(&self, empty: Vec<u8>) -> Option<Batch> {
        let mut pending = self.pending();
        pending.committing = false;
        while !pending.urgent && !pending.closing {
            pending = self.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
        let nothing_left =
            pending.frames.is_empty() && pending.snapshot.is_none() && pending.waiters.is_empty();
        if pending.failed.is_some() || (pending.closing && nothing_left) {
            pending.waiters.clear();
            return None;
        }
        pending.urgent = false;
        pending.committing = true;
        Some(Batch {
            snapshot: pending.snapshot.take(),
            frames: std::mem::replace(&mut pending.frames, empty),
            waiters: std::mem::take(&mut pending.waiters),
        })
    }
}

#[cfg(test)]
mod tests;
