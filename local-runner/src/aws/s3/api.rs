//! What the S3 operations do (Amazon S3 API reference, a page each).

use std::io::SeekFrom;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::dto::*;
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

use super::object_file::ObjectMeta;
use super::store::{Precondition, Store, StoreError, Upload};
use crate::aws::REGION;
use crate::clock::Clock;

mod list;

/// The operations over a store.
pub(super) struct Api {
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<dyn Clock>,
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::NoSuchBucket => S3ErrorCode::NoSuchBucket,
            StoreError::BucketExists => S3ErrorCode::BucketAlreadyOwnedByYou,
            StoreError::BucketNotEmpty => S3ErrorCode::BucketNotEmpty,
            StoreError::PreconditionFailed => S3ErrorCode::PreconditionFailed,
            StoreError::Io(_) => S3ErrorCode::InternalError,
        };
        S3Error::with_message(code, error.to_string())
    }
}

impl Api {
    /// Runs what blocks, a sync above all, away from the threads that serve.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> S3Result<T> {
        let store = Arc::clone(&self.store);
        let outcome = tokio::task::spawn_blocking(move || work(&store)).await;
        Ok(outcome.map_err(S3Error::internal_error)??)
    }

    fn require_bucket(&self, name: &str) -> S3Result<()> {
        if self.store.has_bucket(name) { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }
}

#[async_trait::async_trait]
impl S3 for Api {
    async fn create_bucket(
        &self,
        req: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let (name, now) = (req.input.bucket, self.clock.now().timestamp_millis());
        let location = format!("/{name}");
        self.blocking(move |store| store.create_bucket(&name, now)).await?;
        Ok(S3Response::new(CreateBucketOutput { location: Some(location) }))
    }

    async fn delete_bucket(
        &self,
        req: S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.blocking(move |store| store.delete_bucket(&req.input.bucket)).await?;
        Ok(S3Response::with_status(DeleteBucketOutput {}, http::StatusCode::NO_CONTENT))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.require_bucket(&req.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput { bucket_region: Some(REGION.into()), ..Default::default() }))
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.require_bucket(&req.input.bucket)?;
        let location = BucketLocationConstraint::from_static(REGION);
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint: Some(location) }))
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let bucket = |(name, created_ms)| Bucket {
            name: Some(name),
            creation_date: Some(timestamp(created_ms)),
            ..Default::default()
        };
        let buckets = self.store.buckets().into_iter().map(bucket).collect();
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets), ..Default::default() }))
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let mut input = req.input;
        self.require_bucket(&input.bucket)?;
        let condition = precondition(&input)?;
        let upload = self.store.start_upload();
        let body = input.body.take();
        let content = receive(&upload, body, &input).await?;
        if input.content_length.is_some_and(|told| u64::try_from(told).ok() != Some(content.size)) {
            return Err(s3_error!(IncompleteBody));
        }
        let meta = describe(&input, &content, self.clock.now().timestamp_millis());
        self.blocking(move |store| store.put(&input.bucket, &upload, meta, &condition)).await?;
        Ok(S3Response::new(PutObjectOutput { e_tag: Some(ETag::Strong(content.etag)), ..Default::default() }))
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = req.input;
        let found = self.blocking(move |store| store.get(&input.bucket, &input.key)).await?;
        let (meta, file) = found.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))?;
        let range = match &input.range {
            Some(range) => range.check(meta.size)?,
            None => 0..meta.size,
        };
        let length = range.end - range.start;
        let content_range = input
            .range
            .map(|_| format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), meta.size));
        let mut file = File::from_std(file);
        file.seek(SeekFrom::Start(range.start)).await.map_err(S3Error::internal_error)?;
        let body = StreamingBlob::wrap(ReaderStream::with_capacity(file.take(length), 64 * 1024));
        let output = GetObjectOutput {
            accept_ranges: Some("bytes".into()),
            body: Some(body),
            cache_control: meta.cache_control.clone(),
            content_disposition: input
                .response_content_disposition
                .or_else(|| meta.content_disposition.clone()),
            content_encoding: meta.content_encoding.clone(),
            content_language: meta.content_language.clone(),
            content_length: i64::try_from(length).ok(),
            content_range,
            content_type: input.response_content_type.or_else(|| Some(meta.content_type.clone())),
            e_tag: Some(ETag::Strong(meta.etag.clone())),
            last_modified: Some(timestamp(meta.modified_ms)),
            metadata: Some(meta.metadata.clone().into_iter().collect()),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let found = self.store.head(&req.input.bucket, &req.input.key)?;
        let meta = found.ok_or_else(|| s3_error!(NoSuchKey))?;
        let output = HeadObjectOutput {
            accept_ranges: Some("bytes".into()),
            cache_control: meta.cache_control.clone(),
            content_disposition: meta.content_disposition.clone(),
            content_encoding: meta.content_encoding.clone(),
            content_language: meta.content_language.clone(),
            content_length: i64::try_from(meta.size).ok(),
            content_type: Some(meta.content_type.clone()),
            e_tag: Some(ETag::Strong(meta.etag.clone())),
            last_modified: Some(timestamp(meta.modified_ms)),
            metadata: Some(meta.metadata.clone().into_iter().collect()),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    }

    async fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.blocking(move |store| store.delete(&req.input.bucket, &req.input.key)).await?;
        Ok(S3Response::with_status(DeleteObjectOutput::default(), http::StatusCode::NO_CONTENT))
    }

    async fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let DeleteObjectsInput { bucket, delete, .. } = req.input;
        let keys: Vec<_> = delete.objects.into_iter().map(|object| object.key).collect();
        let gone = self
            .blocking(move |store| {
                keys.iter().try_for_each(|key| store.delete(&bucket, key))?;
                Ok(keys)
            })
            .await?;
        let deleted = |key| DeletedObject { key: Some(key), ..Default::default() };
        let told = (!delete.quiet.unwrap_or(false)).then(|| gone.into_iter().map(deleted).collect());
        Ok(S3Response::new(DeleteObjectsOutput { deleted: told, ..Default::default() }))
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        list::page(&self.store, req.input).map(S3Response::new)
    }
}

fn timestamp(ms: i64) -> Timestamp {
    let since = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    Timestamp::from(SystemTime::UNIX_EPOCH + since)
}

/// `If-None-Match: *` and `If-Match` (user guide, "How to prevent object overwrites with conditional writes").
fn precondition(input: &PutObjectInput) -> S3Result<Precondition> {
    match (&input.if_none_match, &input.if_match) {
        (None, None) => Ok(Precondition::None),
        (Some(condition), None) if condition.is_any() => Ok(Precondition::Absent),
        (None, Some(condition)) => match condition.as_etag() {
            Some(etag) => Ok(Precondition::Matches(etag.value().to_owned())),
            None => Err(s3_error!(NotImplemented, "If-Match takes an ETag here.")),
        },
        _ => Err(s3_error!(NotImplemented, "If-None-Match takes * here.")),
    }
}

/// What has been received.
struct Content {
    size: u64,
    etag: String,
}

/// Writes a body into the upload's file and checks the digests that came in headers.
async fn receive(upload: &Upload, body: Option<StreamingBlob>, input: &PutObjectInput) -> S3Result<Content> {
    let mut file = File::create_new(upload.path()).await.map_err(S3Error::internal_error)?;
    let (mut size, mut digest) = (0, Md5::new());
    let mut checksums = ChecksumHasher {
        crc32: input.checksum_crc32.as_ref().map(|_| Default::default()),
        crc32c: input.checksum_crc32c.as_ref().map(|_| Default::default()),
        sha1: input.checksum_sha1.as_ref().map(|_| Default::default()),
        sha256: input.checksum_sha256.as_ref().map(|_| Default::default()),
        crc64nvme: input.checksum_crc64nvme.as_ref().map(|_| Default::default()),
    };
    if let Some(mut body) = body {
        while let Some(bytes) = body.next().await {
            let bytes = bytes
                .map_err(|error| S3Error::with_message(S3ErrorCode::IncompleteBody, error.to_string()))?;
            size += bytes.len() as u64;
            digest.update(&bytes);
            checksums.update(&bytes);
            file.write_all(&bytes).await.map_err(S3Error::internal_error)?;
        }
    }
    file.flush().await.map_err(S3Error::internal_error)?;
    let sum = checksums.finalize();
    let digest = digest.finalize();
    let md5 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
    let same = input.content_md5.as_ref().is_none_or(|told| *told == md5)
        && sum.checksum_crc32 == input.checksum_crc32
        && sum.checksum_crc32c == input.checksum_crc32c
        && sum.checksum_sha1 == input.checksum_sha1
        && sum.checksum_sha256 == input.checksum_sha256
        && sum.checksum_crc64nvme == input.checksum_crc64nvme;
    if !same {
        return Err(s3_error!(BadDigest, "The checksum that was sent does not match the content received."));
    }
    Ok(Content { size, etag: digest.iter().map(|byte| format!("{byte:02x}")).collect() })
}

fn describe(input: &PutObjectInput, content: &Content, now_ms: i64) -> ObjectMeta {
    ObjectMeta {
        key: input.key.clone(),
        size: content.size,
        modified_ms: now_ms,
        etag: content.etag.clone(),
        content_type: input.content_type.clone().unwrap_or_else(|| "binary/octet-stream".into()),
        content_encoding: input.content_encoding.clone(),
        content_disposition: input.content_disposition.clone(),
        content_language: input.content_language.clone(),
        cache_control: input.cache_control.clone(),
        metadata: input.metadata.clone().unwrap_or_default().into_iter().collect(),
    }
}
