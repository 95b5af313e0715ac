//! Pages of ListObjectsV2: keys in order, those that share what comes before a delimiter rolled up into one prefix.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{
    CommonPrefix, ETag, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
    ObjectStorageClass,
};
use s3s::{S3Result, s3_error};

use super::timestamp;
use crate::aws::s3::object_file::ObjectMeta;
use crate::aws::s3::store::Store;

/// The most entries of a page.
const MAX_KEYS: i32 = 1000;

/// One page.
pub(super) fn page(store: &Store, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let limit = input.max_keys.unwrap_or(MAX_KEYS).clamp(0, MAX_KEYS);
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = match &input.continuation_token {
        Some(token) => read_token(token)?,
        None => input.start_after.clone().unwrap_or_default(),
    };
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let mut page = Page { limit: usize::try_from(limit).unwrap_or(0), ..Page::default() };
    store.walk(&input.bucket, prefix, &after, |meta| match rolled_up(&meta.key, prefix, delimiter) {
        // The page before has ended with this prefix; its other keys come after the token as well.
        Some(common) if after.starts_with(common) && !after.is_empty() && common.len() > prefix.len() => true,
        Some(common) => page.add_prefix(common, &meta.key),
        None => page.add(meta),
    })?;
    let count = page.objects.len() + page.prefixes.len();
    Ok(ListObjectsV2Output {
        common_prefixes: Some(
            page.prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(prefix) }).collect(),
        ),
        contents: Some(page.objects.iter().map(object).collect()),
        continuation_token: input.continuation_token,
        delimiter: input.delimiter,
        is_truncated: Some(page.more),
        key_count: i32::try_from(count).ok(),
        max_keys: Some(limit),
        name: Some(input.bucket),
        next_continuation_token: page.more.then(|| URL_SAFE_NO_PAD.encode(&page.last_key)),
        prefix: input.prefix,
        start_after: input.start_after,
        ..Default::default()
    })
}

/// A page of the older ListObjects, whose marker is a key.
pub(super) fn first_version(store: &Store, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    let request = ListObjectsV2Input {
        bucket: input.bucket,
        delimiter: input.delimiter,
        max_keys: input.max_keys,
        prefix: input.prefix,
        start_after: input.marker.clone(),
        ..Default::default()
    };
    let page = page(store, request)?;
    let next = page.next_continuation_token.as_deref().map(read_token).transpose()?;
    Ok(ListObjectsOutput {
        common_prefixes: page.common_prefixes,
        contents: page.contents,
        delimiter: page.delimiter,
        is_truncated: page.is_truncated,
        marker: input.marker,
        max_keys: page.max_keys,
        name: page.name,
        next_marker: next,
        prefix: page.prefix,
        ..Default::default()
    })
}

#[derive(Default)]
struct Page {
    limit: usize,
    objects: Vec<Arc<ObjectMeta>>,
    prefixes: Vec<String>,
    last_key: String,
    more: bool,
}

impl Page {
    fn add(&mut self, meta: &Arc<ObjectMeta>) -> bool {
        if !self.has_room() {
            return false;
        }
        self.last_key.clone_from(&meta.key);
        self.objects.push(Arc::clone(meta));
        true
    }

    fn add_prefix(&mut self, prefix: &str, key: &str) -> bool {
        if self.prefixes.last().is_none_or(|last| last != prefix) {
            if !self.has_room() {
                return false;
            }
            self.prefixes.push(prefix.to_owned());
        }
        key.clone_into(&mut self.last_key);
        true
    }

    fn has_room(&mut self) -> bool {
        let room = self.objects.len() + self.prefixes.len() < self.limit;
        // A page of no keys was asked for: there is never more of it.
        self.more = !room && self.limit > 0;
        room
    }
}

/// The part of a key up to the first delimiter after the prefix.
fn rolled_up<'a>(key: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter?;
    let at = key.get(prefix.len()..)?.find(delimiter)?;
    key.get(..prefix.len() + at + delimiter.len())
}

fn read_token(token: &str) -> S3Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

fn object(meta: &Arc<ObjectMeta>) -> Object {
    Object {
        key: Some(meta.key.clone()),
        size: i64::try_from(meta.size).ok(),
        e_tag: Some(ETag::Strong(meta.etag.clone())),
        last_modified: Some(timestamp(meta.modified_ms)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    }
}
