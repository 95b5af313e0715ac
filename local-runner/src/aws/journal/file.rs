//! The journal's file: replay at opening, appending, and the change to a new file that starts with a snapshot.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{OpenError, Snapshot, frame};

/// How a file of this version begins.
const MAGIC: &[u8; 16] = b"velox journal 1\n";

#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    file: File,
    snapshot_bytes: u64,
}

impl JournalFile {
    /// Opens or creates, replays, cuts a torn tail. Also tells how many bytes of records there are.
    pub(super) fn open(
        path: &Path,
        replay: &mut dyn FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(Self, u64), OpenError> {
        let io_error = |source| OpenError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io_error)?;
        let length = file.metadata().map_err(io_error)?.len();
        // A file shorter than its first line comes from a crash while it was created: nothing was acknowledged.
        if length < MAGIC.len() as u64 {
            begin(&mut file).and_then(|()| sync_directory_of(path)).map_err(io_error)?;
            return Ok((Self { path: path.to_owned(), file, snapshot_bytes: 0 }, 0));
        }
        let end = replay_all(path, &file, replay)?;
        if end < length {
            cut_tail(path, &mut file, end, length).map_err(io_error)?;
        }
        file.seek(SeekFrom::Start(end)).map_err(io_error)?;
        Ok((Self { path: path.to_owned(), file, snapshot_bytes: 0 }, end - MAGIC.len() as u64))
    }

    pub(super) fn snapshot_bytes(&self) -> u64 {
        self.snapshot_bytes
    }

    /// Hands frames to the operating system.
    pub(super) fn append(&mut self, frames: &[u8]) -> io::Result<()> {
        self.file.write_all(frames)
    }

    /// Begins a new file with the snapshot and the frames after it, and changes to it. It is on the disk before it
    /// takes the old one's place, so that a machine that dies leaves one of the two whole.
    pub(super) fn start_anew(&mut self, snapshot: Snapshot, frames: &[u8]) -> io::Result<()> {
        let next = self.path.with_extension("next");
        let file = File::create(&next)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        out.write_all(MAGIC)?;
        let (mut bytes, mut buffer) = (0, Vec::new());
        snapshot(&mut |record| {
            buffer.clear();
            frame::encode(record, &mut buffer);
            bytes += buffer.len() as u64;
            out.write_all(&buffer)
        })?;
        out.write_all(frames)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(&next, &self.path)?;
        sync_directory_of(&self.path)?;
        (self.file, self.snapshot_bytes) = (file, bytes);
        Ok(())
    }
}

fn begin(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(MAGIC)?;
    file.sync_all()
}

/// Hands every whole record to `replay` and returns where the last one ends.
fn replay_all(
    path: &Path,
    file: &File,
    replay: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<u64, OpenError> {
    let io_error = |source| OpenError::Io { path: path.to_owned(), source };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut magic = [0; MAGIC.len()];
    reader.read_exact(&mut magic).map_err(io_error)?;
    if &magic != MAGIC {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    let (mut end, mut payload) = (MAGIC.len() as u64, Vec::new());
    while read_record(&mut reader, &mut payload).map_err(io_error)? {
        replay(&payload).map_err(|reason| OpenError::Replay { path: path.to_owned(), reason })?;
        end += (frame::HEADER + payload.len()) as u64;
    }
    Ok(end)
}

/// Reads the next record into `payload`; false at the end of the file or where no whole record follows.
fn read_record(reader: &mut impl Read, payload: &mut Vec<u8>) -> io::Result<bool> {
    let mut header = [0; frame::HEADER];
    if !fill(reader, &mut header)? {
        return Ok(false);
    }
    let Some((length, checksum)) = frame::parse_header(header) else { return Ok(false) };
    payload.clear();
    // Through `take`, so that a garbage length does not allocate what the file does not hold.
    reader.by_ref().take(length as u64).read_to_end(payload)?;
    Ok(payload.len() == length && frame::is_intact(payload, checksum))
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Cuts what follows the last whole record and keeps it in a file beside, should it not have been a torn write.
fn cut_tail(path: &Path, file: &mut File, end: u64, length: u64) -> io::Result<()> {
    let kept = path.with_extension("torn");
    file.seek(SeekFrom::Start(end))?;
    io::copy(&mut *file, &mut File::create(&kept)?)?;
    file.set_len(end)?;
    file.sync_all()?;
    tracing::warn!(
        journal = %path.display(), bytes = length - end, kept = %kept.display(),
        "the last write was torn by a crash; it was never acknowledged and is cut off"
    );
    Ok(())
}

/// Makes the creation or renaming of `path` durable.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}
