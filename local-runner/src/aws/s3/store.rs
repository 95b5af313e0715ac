//! Buckets as directories and objects as files, with an index in memory. An object is synced to the disk before it
//! takes its name, and its directory after, before anything is acknowledged. All calls here block.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use s3s::dto::CORSRules;
use sha2::{Digest, Sha256};

use super::object_file::ObjectMeta;

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("there is no such bucket")]
    NoSuchBucket,
    #[error("the bucket exists")]
    BucketExists,
    #[error("the bucket is not empty")]
    BucketNotEmpty,
    #[error("the object does not meet the condition")]
    PreconditionFailed,
    #[error(
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
        completed."
    )]
    NoSuchUpload,
    #[error("One or more of the specified parts could not be found, or its entity tag did not match.")]
    InvalidPart,
    #[error("The list of parts was not in ascending order. Parts must be ordered by part number.")]
    InvalidPartOrder,
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    PartTooSmall,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// When an object may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Precondition {
    None,
    /// Only if there is no object of this key.
    Absent,
    /// Only if the present object has this ETag.
    Matches(String),
}

/// All buckets.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

#[derive(Debug, Default)]
struct Bucket {
    created_ms: i64,
    objects: BTreeMap<String, Arc<ObjectMeta>>,
    cors: Option<CORSRules>,
}

/// Content on its way: a file without a name that anybody sees, removed if it never gets one.
#[derive(Debug)]
pub(super) struct Upload {
    path: PathBuf,
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Gone already if it got its name.
        let _ = fs::remove_file(&self.path);
    }
}

impl Upload {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds what is known of the content, and returns when both are on the disk.
    pub(super) fn finish(&self, meta: &ObjectMeta) -> io::Result<()> {
        let mut file = File::options().append(true).open(&self.path)?;
        file.write_all(&meta.to_tail()?)?;
        file.sync_all()
    }
}

impl Store {
    /// Reads what is below `root` and removes uploads that a crash has left behind.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let (buckets, uploads) = (root.join("buckets"), root.join("uploads"));
        if uploads.exists() {
            fs::remove_dir_all(&uploads)?;
        }
        fs::create_dir_all(&uploads)?;
        fs::create_dir_all(&buckets)?;
        fs::create_dir_all(root.join("cors"))?;
        sync_directory(root)?;
        let mut index = BTreeMap::new();
        for entry in fs::read_dir(&buckets)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let mut bucket = read_bucket(&entry.path())?;
            bucket.cors = read_cors(&root.join("cors").join(&name))?;
            index.insert(name, bucket);
        }
        Ok(Self { root: root.to_owned(), buckets: Mutex::new(index) })
    }

    fn index(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn directory(&self, bucket: &str) -> PathBuf {
        self.root.join("buckets").join(bucket)
    }

    fn file(&self, bucket: &str, key: &str) -> PathBuf {
        // Keys may be longer than file names, and `a` and `a/b` are both keys.
        let name: String = Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        self.directory(bucket).join(name)
    }

    pub(super) fn create_bucket(&self, name: &str, now_ms: i64) -> Result<(), StoreError> {
        let mut index = self.index();
        if index.contains_key(name) {
            return Err(StoreError::BucketExists);
        }
        fs::create_dir(self.directory(name))?;
        index.insert(name.into(), Bucket { created_ms: now_ms, ..Bucket::default() });
        Ok(sync_directory(&self.root.join("buckets"))?)
    }

    pub(super) fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut index = self.index();
        let bucket = index.get(name).ok_or(StoreError::NoSuchBucket)?;
        if !bucket.objects.is_empty() {
            return Err(StoreError::BucketNotEmpty);
        }
        remove_if_there(fs::remove_file(self.cors_file(name)))?;
        remove_if_there(fs::remove_dir_all(self.multipart_directory(name)))?;
        fs::remove_dir_all(self.directory(name))?;
        index.remove(name);
        Ok(sync_directory(&self.root.join("buckets"))?)
    }

    pub(super) fn has_bucket(&self, name: &str) -> bool {
        self.index().contains_key(name)
    }

    /// Names and times of creation, in ms since 1970, sorted by name.
    pub(super) fn buckets(&self) -> Vec<(String, i64)> {
        self.index().iter().map(|(name, bucket)| (name.clone(), bucket.created_ms)).collect()
    }

    /// Where the uploads in parts of a bucket are.
    pub(super) fn multipart_directory(&self, bucket: &str) -> PathBuf {
        self.root.join("multipart").join(bucket)
    }

    fn cors_file(&self, bucket: &str) -> PathBuf {
        self.root.join("cors").join(bucket)
    }

    /// Which pages of other origins may use a bucket; `None` if nothing was said.
    pub(super) fn cors(&self, bucket: &str) -> Result<Option<CORSRules>, StoreError> {
        Ok(self.index().get(bucket).ok_or(StoreError::NoSuchBucket)?.cors.clone())
    }

    /// Says which pages may: durable when this returns.
    pub(super) fn set_cors(&self, bucket: &str, rules: Option<CORSRules>) -> Result<(), StoreError> {
        let mut index = self.index();
        let entry = index.get_mut(bucket).ok_or(StoreError::NoSuchBucket)?;
        match &rules {
            None => remove_if_there(fs::remove_file(self.cors_file(bucket)))?,
            Some(rules) => {
                let upload = self.start_upload();
                fs::write(upload.path(), serde_json::to_vec(rules).map_err(io::Error::from)?)?;
                File::open(upload.path())?.sync_all()?;
                fs::rename(upload.path(), self.cors_file(bucket))?;
            }
        }
        entry.cors = rules;
        drop(index);
        Ok(sync_directory(&self.root.join("cors"))?)
    }

    /// A place to write content to.
    pub(super) fn start_upload(&self) -> Upload {
        Upload { path: self.root.join("uploads").join(uuid::Uuid::new_v4().to_string()) }
    }

    /// Makes the content of an upload an object: durable when this returns.
    pub(super) fn put(
        &self,
        bucket: &str,
        upload: &Upload,
        meta: ObjectMeta,
        condition: &Precondition,
    ) -> Result<(), StoreError> {
        upload.finish(&meta)?;
        let mut index = self.index();
        let entry = index.get_mut(bucket).ok_or(StoreError::NoSuchBucket)?;
        condition.check(entry.objects.get(&meta.key).map(AsRef::as_ref))?;
        fs::rename(&upload.path, self.file(bucket, &meta.key))?;
        entry.objects.insert(meta.key.clone(), Arc::new(meta));
        drop(index);
        Ok(sync_directory(&self.directory(bucket))?)
    }

    /// Deletes an object if it is there: gone for good when this returns.
    pub(super) fn delete(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let mut index = self.index();
        let entry = index.get_mut(bucket).ok_or(StoreError::NoSuchBucket)?;
        if entry.objects.remove(key).is_some() {
            fs::remove_file(self.file(bucket, key))?;
        }
        drop(index);
        Ok(sync_directory(&self.directory(bucket))?)
    }

    /// What is known about an object; `None` if there is none.
    pub(super) fn head(&self, bucket: &str, key: &str) -> Result<Option<Arc<ObjectMeta>>, StoreError> {
        let index = self.index();
        let entry = index.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        Ok(entry.objects.get(key).cloned())
    }

    /// An object and its file, which stays readable whatever becomes of the object meanwhile.
    pub(super) fn get(&self, bucket: &str, key: &str) -> Result<Option<(Arc<ObjectMeta>, File)>, StoreError> {
        let index = self.index();
        let entry = index.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        let Some(meta) = entry.objects.get(key) else { return Ok(None) };
        // Opened under the lock, so that content and description are of the same object.
        Ok(Some((Arc::clone(meta), File::open(self.file(bucket, key))?)))
    }

    /// The objects of a bucket whose keys begin with `prefix` and come after `after`, sorted by key, handed to `visit`
    /// until it says no.
    pub(super) fn walk(
        &self,
        bucket: &str,
        prefix: &str,
        after: &str,
        mut visit: impl FnMut(&Arc<ObjectMeta>) -> bool,
    ) -> Result<(), StoreError> {
        let index = self.index();
        let entry = index.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        let start = prefix.max(after).to_owned();
        for (key, meta) in entry.objects.range(start..) {
            if !key.starts_with(prefix) || (key.as_str() > after && !visit(meta)) {
                break;
            }
        }
        Ok(())
    }
}

impl Precondition {
    fn check(&self, present: Option<&ObjectMeta>) -> Result<(), StoreError> {
        let met = match self {
            Self::None => true,
            Self::Absent => present.is_none(),
            Self::Matches(etag) => present.is_some_and(|meta| meta.etag == *etag),
        };
        if met { Ok(()) } else { Err(StoreError::PreconditionFailed) }
    }
}

fn read_bucket(directory: &Path) -> io::Result<Bucket> {
    let created = fs::metadata(directory)?.modified()?;
    let mut bucket = Bucket {
        created_ms: chrono::DateTime::<chrono::Utc>::from(created).timestamp_millis(),
        ..Bucket::default()
    };
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        match ObjectMeta::read(&path) {
            Ok(meta) => drop(bucket.objects.insert(meta.key.clone(), Arc::new(meta))),
            // Its content was synced before it got its name, so this is nothing that a crash does.
            Err(error) => tracing::warn!(file = %path.display(), %error, "left out of its bucket"),
        }
    }
    Ok(bucket)
}

fn read_cors(file: &Path) -> io::Result<Option<CORSRules>> {
    match fs::read(file) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove_if_there(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests;
