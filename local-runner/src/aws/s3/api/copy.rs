//! CopyObject and UploadPartCopy: content goes from file to file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range as Bytes;
use std::sync::Arc;

use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{S3Result, s3_error};

use super::conditions::source_conditions;
use super::content::{Content, describe, hex};
use super::{Api, timestamp};
use crate::aws::s3::object_file::ObjectMeta;
use crate::aws::s3::store::{Precondition, StoreError, Upload};

impl Api {
    pub(super) async fn copy(&self, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
        self.require_bucket(&input.bucket)?;
        let (source, file) = self.source(&input.copy_source).await?;
        source_conditions!(input).check_source(&source)?;
        let is_replaced =
            input.metadata_directive.as_ref().is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
        if !is_replaced && is_itself(&input) {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the \
                object's metadata, storage class, website redirect location or encryption attributes."
            ));
        }
        let upload = self.store.start_upload();
        let (content, upload) = self.copy_content(file, 0..source.size, upload).await?;
        let mut meta = ObjectMeta {
            key: input.key.clone(),
            size: content.size,
            modified_ms: self.now_ms(),
            etag: content.etag.clone(),
            ..ObjectMeta::clone(&source)
        };
        if is_replaced {
            describe!(meta, input);
        }
        let modified = timestamp(meta.modified_ms);
        self.blocking(move |store| store.put(&input.bucket, &upload, meta, &Precondition::None)).await?;
        let result = CopyObjectResult {
            e_tag: Some(ETag::Strong(content.etag)),
            last_modified: Some(modified),
            ..Default::default()
        };
        Ok(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() })
    }

    pub(super) async fn copy_part(&self, input: UploadPartCopyInput) -> S3Result<UploadPartCopyOutput> {
        let number = super::multipart::number(input.part_number)?;
        let (source, file) = self.source(&input.copy_source).await?;
        source_conditions!(input).check_source(&source)?;
        let range = match &input.copy_source_range {
            None => 0..source.size,
            Some(text) => {
                let range = Range::parse(text).map_err(|_| s3_error!(InvalidArgument, "Not a range."))?;
                range.check(source.size)?
            }
        };
        let upload = self.store.start_upload();
        let (content, upload) = self.copy_content(file, range, upload).await?;
        let now = self.now_ms();
        let part = ObjectMeta::of_part(content.size, content.etag.clone(), now);
        let UploadPartCopyInput { bucket, key, upload_id, .. } = input;
        self.blocking(move |store| store.put_part(&bucket, &key, &upload_id, number, &upload, &part)).await?;
        let result = CopyPartResult {
            e_tag: Some(ETag::Strong(content.etag)),
            last_modified: Some(timestamp(now)),
            ..Default::default()
        };
        Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() })
    }

    async fn source(&self, source: &CopySource) -> S3Result<(Arc<ObjectMeta>, File)> {
        let CopySource::Bucket { bucket, key, .. } = source else {
            return Err(s3_error!(NotImplemented, "The source of a copy is named by bucket and key here."));
        };
        let (bucket, key) = (bucket.to_string(), key.to_string());
        let found = self.blocking(move |store| store.get(&bucket, &key)).await?;
        found.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
    }

    async fn copy_content(&self, from: File, range: Bytes<u64>, to: Upload) -> S3Result<(Content, Upload)> {
        self.blocking(move |_| Ok((copy_range(from, &range, &to).map_err(StoreError::Io)?, to))).await
    }
}

fn copy_range(mut from: File, range: &Bytes<u64>, to: &Upload) -> io::Result<Content> {
    let mut file = File::create_new(to.path())?;
    from.seek(SeekFrom::Start(range.start))?;
    let mut digest = Digesting(Md5::new(), &mut file);
    let size = io::copy(&mut from.take(range.end - range.start), &mut digest)?;
    Ok(Content { size, etag: hex(digest.0.finalize().as_slice()) })
}

/// Digests what is written.
struct Digesting<'a>(Md5, &'a mut File);

impl Write for Digesting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.1.write(bytes)?;
        self.0.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

fn is_itself(input: &CopyObjectInput) -> bool {
    matches!(&input.copy_source, CopySource::Bucket { bucket, key, .. }
        if **bucket == *input.bucket && **key == *input.key)
}
