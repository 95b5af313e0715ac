//! Buckets as directories and objects as files, with an index in memory. An object is synced to the disk before it
//! takes its name, and its directory after, before anything is acknowledged. All calls here block.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
        sync_directory(root)?;
        let mut index = BTreeMap::new();
        for entry in fs::read_dir(&buckets)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            index.insert(name, read_bucket(&entry.path())?);
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
        index.insert(name.into(), Bucket { created_ms: now_ms, objects: BTreeMap::new() });
        Ok(sync_directory(&self.root.join("buckets"))?)
    }

    pub(super) fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut index = self.index();
        let bucket = index.get(name).ok_or(StoreError::NoSuchBucket)?;
        if !bucket.objects.is_empty() {
            return Err(StoreError::BucketNotEmpty);
        }
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
        let mut file = File::options().append(true).open(&upload.path)?;
        file.write_all(&meta.to_tail()?)?;
        file.sync_all()?;
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

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(store: &Store, key: &str, content: &str, condition: &Precondition) -> Result<(), StoreError> {
        let upload = store.start_upload();
        fs::write(upload.path(), content).unwrap();
        let meta = ObjectMeta {
            key: key.into(),
            size: content.len() as u64,
            modified_ms: 0,
            etag: content.into(),
            content_type: "text/plain".into(),
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            cache_control: None,
            metadata: BTreeMap::new(),
        };
        store.put("bucket", &upload, meta, condition)
    }

    fn keys(store: &Store, prefix: &str, after: &str) -> Vec<String> {
        let mut keys = Vec::new();
        store
            .walk("bucket", prefix, after, |meta| {
                keys.push(meta.key.clone());
                true
            })
            .unwrap();
        keys
    }

    #[test]
    fn objects_are_found_again_by_any_key_when_the_store_is_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        store.create_bucket("bucket", 0).unwrap();
        for key in ["a", "a/b", "../../etc/passwd", "ä ö", &"k".repeat(1024)] {
            put(&store, key, "x", &Precondition::None).unwrap();
        }
        drop(store);
        let store = Store::open(directory.path()).unwrap();
        assert_eq!(keys(&store, "", "").len(), 5);
        assert_eq!(keys(&store, "a", ""), ["a", "a/b"]);
        assert_eq!(keys(&store, "a", "a"), ["a/b"]);
    }

    #[test]
    fn conditions_are_checked_against_the_present_object() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        store.create_bucket("bucket", 0).unwrap();
        put(&store, "k", "one", &Precondition::Absent).unwrap();
        assert!(matches!(
            put(&store, "k", "two", &Precondition::Absent),
            Err(StoreError::PreconditionFailed)
        ));
        put(&store, "k", "two", &Precondition::Matches("one".into())).unwrap();
        assert_eq!(store.head("bucket", "k").unwrap().unwrap().etag, "two");
    }

    #[test]
    fn an_upload_that_never_got_its_name_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        fs::write(store.start_upload().path(), "half").unwrap();
        drop(store);
        Store::open(directory.path()).unwrap();
        assert_eq!(fs::read_dir(directory.path().join("uploads")).unwrap().count(), 0);
    }
}
