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
    assert!(matches!(put(&store, "k", "two", &Precondition::Absent), Err(StoreError::PreconditionFailed)));
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
