//! Uploads in parts, on disk: a directory for each below `multipart/<bucket>`, with a file that tells the object to be
//! and one file for each part. A part has its name only once it is synced; completion puts the parts together in one
//! new file, which becomes the object as any other does. A crash in between leaves the upload as it was.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use super::object_file::ObjectMeta;
use super::store::{Precondition, Store, StoreError, Upload, sync_directory};

/// The file that tells the object.
const HEAD: &str = "upload";

/// The least bytes of every part but the last.
const MIN_PART: u64 = 5 * 1024 * 1024;

impl Store {
    /// Begins an upload; returns its id.
    pub(super) fn create_multipart(&self, bucket: &str, meta: &ObjectMeta) -> Result<String, StoreError> {
        if !self.has_bucket(bucket) {
            return Err(StoreError::NoSuchBucket);
        }
        let id = uuid::Uuid::now_v7().simple().to_string();
        let directory = self.multipart_directory(bucket).join(&id);
        fs::create_dir_all(&directory)?;
        let head = self.start_upload();
        fs::write(head.path(), meta.to_tail()?)?;
        File::open(head.path())?.sync_all()?;
        fs::rename(head.path(), directory.join(HEAD))?;
        sync_directory(&directory)?;
        sync_directory(&self.multipart_directory(bucket))?;
        Ok(id)
    }

    /// Makes content a part: durable when this returns.
    pub(super) fn put_part(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        number: u16,
        upload: &Upload,
        part: &ObjectMeta,
    ) -> Result<(), StoreError> {
        let directory = self.upload_directory(bucket, key, id)?;
        upload.finish(part)?;
        fs::rename(upload.path(), directory.join(part_name(number))).map_err(gone)?;
        sync_directory(&directory).map_err(gone)
    }

    /// The parts that are there, by number.
    pub(super) fn parts(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<Vec<(u16, ObjectMeta)>, StoreError> {
        let directory = self.upload_directory(bucket, key, id)?;
        let mut parts = Vec::new();
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            if let Some(number) = number {
                parts.push((number, ObjectMeta::read(&path)?));
            }
        }
        parts.sort_unstable_by_key(|(number, _)| *number);
        Ok(parts)
    }

    /// Makes the parts one object; returns its ETag: the MD5 of the parts' MD5s, and their number.
    pub(super) fn complete_multipart(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        wanted: &[(u16, Option<String>)],
        condition: &Precondition,
        now_ms: i64,
    ) -> Result<String, StoreError> {
        let directory = self.upload_directory(bucket, key, id)?;
        if !wanted.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(StoreError::InvalidPartOrder);
        }
        let present = self.parts(bucket, key, id)?;
        let upload = self.start_upload();
        let mut out = File::create_new(upload.path())?;
        let (mut size, mut digest) = (0, Md5::new());
        for (at, (number, etag)) in wanted.iter().enumerate() {
            let part = present.iter().find(|(known, _)| known == number).map(|(_, part)| part);
            let part = part.filter(|part| etag.as_ref().is_none_or(|etag| *etag == part.etag));
            let part = part.ok_or(StoreError::InvalidPart)?;
            if part.size < MIN_PART && at + 1 < wanted.len() {
                return Err(StoreError::PartTooSmall);
            }
            let file = File::open(directory.join(part_name(*number)))?;
            size += io::copy(&mut file.take(part.size), &mut out)?;
            digest.update(bytes_of(&part.etag));
        }
        let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let etag = format!("{hex}-{}", wanted.len());
        let head = ObjectMeta::read(&directory.join(HEAD))?;
        let meta = ObjectMeta { size, etag: etag.clone(), modified_ms: now_ms, ..head };
        self.put(bucket, &upload, meta, condition)?;
        // Should it stay after a crash here, it can be completed again or aborted.
        self.discard(&directory)?;
        Ok(etag)
    }

    pub(super) fn abort_multipart(&self, bucket: &str, key: &str, id: &str) -> Result<(), StoreError> {
        let directory = self.upload_directory(bucket, key, id)?;
        self.discard(&directory)?;
        Ok(sync_directory(&self.multipart_directory(bucket))?)
    }

    /// At once, for whoever looks, however long it takes.
    fn discard(&self, directory: &Path) -> Result<(), StoreError> {
        let discarded = self.start_upload();
        fs::rename(directory, discarded.path()).map_err(gone)?;
        Ok(fs::remove_dir_all(discarded.path())?)
    }

    /// The ids and objects of the uploads under way, by key and age.
    pub(super) fn multiparts(&self, bucket: &str) -> Result<Vec<(String, ObjectMeta)>, StoreError> {
        if !self.has_bucket(bucket) {
            return Err(StoreError::NoSuchBucket);
        }
        let mut found = Vec::new();
        let entries = match fs::read_dir(self.multipart_directory(bucket)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let Ok(id) = entry.file_name().into_string() else { continue };
            // Without its head it was never acknowledged.
            if let Ok(meta) = ObjectMeta::read(&entry.path().join(HEAD)) {
                found.push((id, meta));
            }
        }
        found.sort_unstable_by(|(a, one), (b, other)| (&one.key, a).cmp(&(&other.key, b)));
        Ok(found)
    }

    fn upload_directory(&self, bucket: &str, key: &str, id: &str) -> Result<PathBuf, StoreError> {
        if !self.has_bucket(bucket) {
            return Err(StoreError::NoSuchBucket);
        }
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(StoreError::NoSuchUpload);
        }
        let directory = self.multipart_directory(bucket).join(id);
        match ObjectMeta::read(&directory.join(HEAD)) {
            Ok(meta) if meta.key == key => Ok(directory),
            _ => Err(StoreError::NoSuchUpload),
        }
    }
}

/// Five digits, so that names sort as numbers do.
fn part_name(number: u16) -> String {
    format!("{number:05}")
}

/// An upload that somebody has completed or aborted meanwhile.
fn gone(error: io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::NotFound { StoreError::NoSuchUpload } else { error.into() }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digit = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..hex.len()).step_by(2).filter_map(digit).collect()
}
