//! GetObject and HeadObject.

use std::io::SeekFrom;

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::conditions::conditions;
use super::{Api, timestamp};

impl Api {
    pub(super) async fn get(&self, input: GetObjectInput) -> S3Result<GetObjectOutput> {
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let found = self.blocking(move |store| store.get(&bucket, &key)).await?;
        let (meta, file) = found.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))?;
        conditions!(input).check_read(&meta)?;
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
        Ok(GetObjectOutput {
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
        })
    }

    pub(super) fn head(&self, input: &HeadObjectInput) -> S3Result<HeadObjectOutput> {
        let found = self.store.head(&input.bucket, &input.key)?;
        let meta = found.ok_or_else(|| s3_error!(NoSuchKey))?;
        conditions!(input).check_read(&meta)?;
        Ok(HeadObjectOutput {
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
        })
    }
}
