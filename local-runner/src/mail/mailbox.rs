//! The mail that was taken, one file each. A file is complete when it appears under its name, so neither a crash nor
//! a second reader sees half a mail.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::message::{Message, Summary};
use crate::clock::Clock;

/// Mail beyond that makes the oldest go.
const MOST: usize = 1_000;

/// See the module.
#[derive(Debug)]
pub struct Mailbox {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    index: Mutex<BTreeMap<String, Arc<Summary>>>,
    version: AtomicU64,
}

/// Why mail cannot be kept or read.
#[derive(Debug, thiserror::Error)]
#[error("the mailbox: {0}")]
pub struct MailboxError(#[from] io::Error);

/// Who a mail went from and to, as the sending program said it (RFC 5321, section 2.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Envelope {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) received: DateTime<Utc>,
}

impl Mailbox {
    /// Reads what is in `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(folder: PathBuf, clock: Arc<dyn Clock>) -> Result<Self, MailboxError> {
        fs::create_dir_all(&folder)?;
        let mailbox = Self { folder, clock, index: Mutex::default(), version: AtomicU64::new(0) };
        let mut index = BTreeMap::new();
        for entry in fs::read_dir(&mailbox.folder)?.flatten() {
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".mail")) else {
                // Left by a write that a crash broke off.
                let _ = fs::remove_file(entry.path());
                continue;
            };
            if let Ok((envelope, raw)) = mailbox.file(id) {
                index.insert(id.to_owned(), Arc::new(Summary::of(id, &envelope, &raw)));
            }
        }
        *mailbox.lock() = index;
        Ok(mailbox)
    }

    /// Grows with every change.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// All mail, the latest first.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Summary>> {
        self.lock().values().rev().cloned().collect()
    }

    /// A mail as it is shown; none when there is none with this id.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn message(&self, id: &str) -> Result<Option<Message>, MailboxError> {
        if !self.lock().contains_key(id) {
            return Ok(None);
        }
        let (envelope, raw) = self.file(id)?;
        Ok(Some(Message::parse(id, &envelope, raw)))
    }

    /// Throws a mail away; false when there is none with this id.
    ///
    /// # Errors
    /// When its file cannot be removed.
    pub fn delete(&self, id: &str) -> Result<bool, MailboxError> {
        let known = self.lock().remove(id).is_some();
        if known {
            fs::remove_file(self.path(id))?;
            self.version.fetch_add(1, Ordering::Relaxed);
        }
        Ok(known)
    }

    /// Throws all of them away and tells how many there were.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn clear(&self) -> Result<usize, MailboxError> {
        let ids: Vec<_> = self.lock().keys().cloned().collect();
        ids.iter().try_for_each(|id| self.delete(id).map(drop))?;
        Ok(ids.len())
    }

    /// Keeps a mail: on disk when this returns. Blocks.
    pub(super) fn keep(&self, from: String, to: Vec<String>, raw: &[u8]) -> Result<String, MailboxError> {
        let received = self.clock.now();
        let envelope = Envelope { from, to, received };
        let unique = uuid::Uuid::new_v4().simple().to_string();
        // Names sort by time.
        let id = format!("{:016x}{}", received.timestamp_micros(), &unique[..8]);
        let next = self.folder.join(format!("{id}.next"));
        let mut file = File::create_new(&next)?;
        file.write_all(&serde_json::to_vec(&envelope).map_err(io::Error::other)?)?;
        file.write_all(b"\n")?;
        file.write_all(raw)?;
        file.sync_all()?;
        fs::rename(next, self.path(&id))?;
        let summary = Arc::new(Summary::of(&id, &envelope, raw));
        let mut index = self.lock();
        index.insert(id.clone(), summary);
        let excess = index.len().saturating_sub(MOST);
        let oldest: Vec<_> = index.keys().take(excess).cloned().collect();
        drop(index);
        oldest.iter().try_for_each(|id| self.delete(id).map(drop))?;
        self.version.fetch_add(1, Ordering::Relaxed);
        Ok(id)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.mail"))
    }

    /// The first line is the envelope, the rest the mail as it came.
    fn file(&self, id: &str) -> Result<(Envelope, Vec<u8>), MailboxError> {
        let mut content = Vec::new();
        File::open(self.path(id))?.read_to_end(&mut content)?;
        let end = content.iter().position(|byte| *byte == b'\n').unwrap_or(content.len());
        let envelope = serde_json::from_slice(&content[..end]).map_err(io::Error::other)?;
        Ok((envelope, content.split_off((end + 1).min(content.len()))))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Summary>>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::SystemClock, scratch::Scratch};

    const MAIL: &[u8] = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: A <a@a.example>\r\n\r\nHello\r\n";

    fn open(scratch: &Scratch) -> Mailbox {
        Mailbox::open(scratch.path().join("mail"), Arc::new(SystemClock)).unwrap()
    }

    #[test]
    fn mail_survives_a_restart_and_half_written_mail_does_not() {
        let scratch = Scratch::new("mailbox");
        let id = open(&scratch).keep("a@a.example".into(), vec!["b@b.example".into()], MAIL).unwrap();
        fs::write(scratch.path().join("mail/broken.next"), "half").unwrap();
        let again = open(&scratch);
        assert_eq!(again.list().len(), 1);
        assert!(!scratch.path().join("mail/broken.next").exists());
        let message = again.message(&id).unwrap().unwrap();
        assert_eq!((message.summary.subject.as_str(), message.raw.as_slice()), ("Grüße", MAIL));
        assert_eq!(message.summary.to, ["b@b.example"]);
    }

    #[test]
    fn the_latest_is_first_and_what_is_deleted_is_gone() {
        let scratch = Scratch::new("mailbox-order");
        let mailbox = open(&scratch);
        let ids: Vec<_> = (0..3).map(|_| mailbox.keep(String::new(), Vec::new(), MAIL).unwrap()).collect();
        let listed: Vec<_> = mailbox.list().iter().map(|summary| summary.id.clone()).collect();
        assert_eq!(listed, ids.iter().rev().cloned().collect::<Vec<_>>());
        assert!(mailbox.delete(&ids[1]).unwrap());
        assert!(!mailbox.delete(&ids[1]).unwrap());
        assert!(mailbox.message(&ids[1]).unwrap().is_none());
        assert!(mailbox.message("../../etc/passwd").unwrap().is_none());
        assert_eq!(mailbox.clear().unwrap(), 2);
        assert!(open(&scratch).list().is_empty());
    }
}
