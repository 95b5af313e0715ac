//! Durability for state that lives in memory: an append-only file of checksummed records with group commit.
//!
//! A service changes its state and calls [`Journal::append`] under one and the same lock, so that the order of the
//! records is the order of the changes; it then drops the lock and awaits the returned [`Durable`] before it
//! acknowledges. Whoever awaits first writes everything that has been appended since the last write, with one call;
//! those who come meanwhile wait for it and then for the next one of them, which writes all of theirs.
//!
//! What is acknowledged survives the death of the process, SIGKILL included: the operating system has it. It need not
//! survive the death of the machine, for this is a developer's cloud, and waiting for the disk would cost a hundred
//! times as much. A power failure can cut off the last seconds; what is left is whole, and starts.
//!
//! When the file has grown large against what it describes, the service hands over a snapshot
//! ([`Journal::replace`]), which takes the place of everything before it through a new file and an atomic rename. A
//! thread writes it; acknowledgements wait meanwhile.

mod file;
mod frame;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

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
    snapshots: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    /// Locked only while `output` is not waited for.
    pending: Mutex<Pending>,
    output: Mutex<Output>,
    /// Wakes the thread that writes snapshots.
    wake: Condvar,
    /// Up to which position of [`Pending::appended`] everything is written.
    written: AtomicU64,
    /// Bytes of the last snapshot, and bytes written or pending after it.
    snapshot_bytes: AtomicU64,
    since_snapshot: AtomicU64,
}

#[derive(Default)]
struct Pending {
    snapshot: Option<Snapshot>,
    frames: Vec<u8>,
    /// Bytes of frames since the journal was opened.
    appended: u64,
    waiting: Vec<Waker>,
    closing: bool,
    failed: Option<JournalError>,
}

#[derive(Debug)]
struct Output {
    file: JournalFile,
    /// Changes places with [`Pending::frames`], so that a steady load allocates nothing.
    spare: Vec<u8>,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("frames", &self.frames.len()).finish_non_exhaustive()
    }
}

/// Resolves when everything appended before it is written.
#[derive(Debug)]
#[must_use = "an acknowledgement has to wait for it"]
pub(crate) struct Durable {
    shared: Arc<Shared>,
    position: u64,
    refused: Option<JournalError>,
}

impl Future for Durable {
    type Output = Result<(), JournalError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(error) = &self.refused {
            return Poll::Ready(Err(error.clone()));
        }
        self.shared.write_unless_busy();
        if let Some(outcome) = self.shared.outcome(self.position) {
            return Poll::Ready(outcome);
        }
        // Somebody else writes. Registered before trying again: either the other sees the waker after it has let go
        // of the file, or it has let go before and the second attempt succeeds.
        self.shared.pending().waiting.push(context.waker().clone());
        self.shared.write_unless_busy();
        self.shared.outcome(self.position).map_or(Poll::Pending, Poll::Ready)
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
        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            output: Mutex::new(Output { file, spare: Vec::new() }),
            wake: Condvar::new(),
            written: AtomicU64::new(0),
            snapshot_bytes: AtomicU64::new(0),
            since_snapshot: AtomicU64::new(replayed),
        });
        let snapshots = std::thread::Builder::new()
            .name("journal".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.write_snapshots_until_closed()
            })
            .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        Ok(Self { shared, snapshots: Mutex::new(Some(snapshots)) })
    }

    /// Adds one record; the result resolves when it is durable.
    pub(crate) fn append(&self, record: &[u8]) -> Durable {
        let mut pending = self.shared.pending();
        self.shared.push(&mut pending, record);
        self.shared.wait_in(&pending)
    }

    /// Adds one record that may be lost in a crash: it is written with the next one that somebody waits for.
    pub(crate) fn append_lazily(&self, record: &[u8]) {
        let mut pending = self.shared.pending();
        self.shared.push(&mut pending, record);
    }

    /// Resolves when all that has been appended so far is durable; at once if it already is.
    pub(crate) fn settled(&self) -> Durable {
        self.shared.wait_in(&self.shared.pending())
    }

    /// Makes `snapshot` take the place of every record appended so far. Call it under the lock that orders appends,
    /// with a snapshot of exactly the state at this moment; it runs later, on the journal's thread.
    pub(crate) fn replace(&self, snapshot: Snapshot) {
        let mut pending = self.shared.pending();
        pending.frames.clear();
        pending.snapshot = Some(snapshot);
        self.shared.since_snapshot.store(0, Ordering::Relaxed);
        self.shared.wake.notify_one();
    }

    /// Whether the records since the last snapshot have outgrown it so far that a new one pays.
    pub(crate) fn has_outgrown_its_state(&self) -> bool {
        let appended = self.shared.since_snapshot.load(Ordering::Relaxed);
        appended > COMPACTION_FLOOR.max(4 * self.shared.snapshot_bytes.load(Ordering::Relaxed))
    }

    /// Writes what is pending and stops. Later appends fail. Blocks for at most one snapshot.
    pub(crate) fn close(&self) {
        self.shared.pending().closing = true;
        self.shared.wake.notify_one();
        let thread = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
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

impl Shared {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, pending: &mut Pending, record: &[u8]) {
        let before = pending.frames.len();
        frame::encode(record, &mut pending.frames);
        let grown = (pending.frames.len() - before) as u64;
        pending.appended += grown;
        self.since_snapshot.fetch_add(grown, Ordering::Relaxed);
    }

    fn wait_in(self: &Arc<Self>, pending: &Pending) -> Durable {
        let refused = pending.closing.then_some(JournalError::Closed);
        Durable { shared: Arc::clone(self), position: pending.appended, refused }
    }

    /// What became of everything up to `position`; `None` as long as it is not written.
    fn outcome(&self, position: u64) -> Option<Result<(), JournalError>> {
        if self.written.load(Ordering::Acquire) >= position {
            return Some(Ok(()));
        }
        self.pending().failed.clone().map(Err)
    }

    /// Writes what is pending, unless somebody else is writing, who sees to those who wait.
    fn write_unless_busy(&self) {
        let mut output = match self.output.try_lock() {
            Ok(output) => output,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let has_written = self.write_frames(&mut output);
        drop(output);
        if has_written {
            self.wake_all();
        }
    }

    /// Writes the pending frames; not while a snapshot is due, which has to come before them.
    fn write_frames(&self, output: &mut Output) -> bool {
        let position = {
            let mut pending = self.pending();
            if pending.snapshot.is_some() || pending.failed.is_some() {
                return false;
            }
            std::mem::swap(&mut pending.frames, &mut output.spare);
            pending.appended
        };
        let outcome = output.file.append(&output.spare);
        output.spare.clear();
        self.finish(position, outcome);
        true
    }

    fn finish(&self, position: u64, outcome: io::Result<()>) {
        match outcome {
            Ok(()) => self.written.store(position, Ordering::Release),
            Err(error) => {
                tracing::error!(%error, "the journal could not be written; nothing is acknowledged any more");
                self.pending().failed = Some(JournalError::Write(Arc::new(error)));
            }
        }
    }

    fn wake_all(&self) {
        let waiting = std::mem::take(&mut self.pending().waiting);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The journal's thread.
    fn write_snapshots_until_closed(&self) {
        let mut is_closing = false;
        while !is_closing {
            {
                let mut pending = self.pending();
                while pending.snapshot.is_none() && !pending.closing {
                    pending = self.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
                }
                is_closing = pending.closing;
            }
            let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
            self.write_snapshot(&mut output);
            self.write_frames(&mut output);
            drop(output);
            self.wake_all();
        }
    }

    fn write_snapshot(&self, output: &mut Output) {
        let (snapshot, position) = {
            let mut pending = self.pending();
            let Some(snapshot) = pending.snapshot.take() else { return };
            std::mem::swap(&mut pending.frames, &mut output.spare);
            (snapshot, pending.appended)
        };
        let outcome = output.file.start_anew(snapshot, &output.spare);
        output.spare.clear();
        self.snapshot_bytes.store(output.file.snapshot_bytes(), Ordering::Relaxed);
        self.finish(position, outcome);
    }
}

#[cfg(test)]
mod tests;
