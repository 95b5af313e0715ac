//! PutObject and DeleteObjects.

use s3s::S3Result;
use s3s::dto::*;

use super::Api;
use super::conditions;
use super::content::{Content, Told, receive};
use crate::aws::s3::object_file::ObjectMeta;

impl Api {
    pub(super) async fn put(&self, mut input: PutObjectInput) -> S3Result<PutObjectOutput> {
        self.require_bucket(&input.bucket)?;
        let condition = conditions::of_write(input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let upload = self.store.start_upload();
        let body = input.body.take();
        let told = Told {
            length: input.content_length,
            md5: input.content_md5.take(),
            checksums: Checksum {
                checksum_crc32: input.checksum_crc32.take(),
                checksum_crc32c: input.checksum_crc32c.take(),
                checksum_crc64nvme: input.checksum_crc64nvme.take(),
                checksum_sha1: input.checksum_sha1.take(),
                checksum_sha256: input.checksum_sha256.take(),
                ..Default::default()
            },
        };
        let content = receive(&upload, body, &told).await?;
        let meta = describe(&input, &content, self.now_ms());
        self.blocking(move |store| store.put(&input.bucket, &upload, meta, &condition)).await?;
        Ok(PutObjectOutput { e_tag: Some(ETag::Strong(content.etag)), ..Default::default() })
    }

    pub(super) async fn delete_several(&self, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
        let DeleteObjectsInput { bucket, delete, .. } = input;
        let keys: Vec<_> = delete.objects.into_iter().map(|object| object.key).collect();
        let gone = self
            .blocking(move |store| {
                keys.iter().try_for_each(|key| store.delete(&bucket, key))?;
                Ok(keys)
            })
            .await?;
        let deleted = |key| DeletedObject { key: Some(key), ..Default::default() };
        let told = (!delete.quiet.unwrap_or(false)).then(|| gone.into_iter().map(deleted).collect());
        Ok(DeleteObjectsOutput { deleted: told, ..Default::default() })
    }
}

fn describe(input: &PutObjectInput, content: &Content, now_ms: i64) -> ObjectMeta {
    ObjectMeta {
        key: input.key.clone(),
        size: content.size,
        modified_ms: now_ms,
        etag: content.etag.clone(),
        content_type: input.content_type.clone().unwrap_or_else(|| ObjectMeta::DEFAULT_TYPE.into()),
        content_encoding: input.content_encoding.clone(),
        content_disposition: input.content_disposition.clone(),
        content_language: input.content_language.clone(),
        cache_control: input.cache_control.clone(),
        metadata: input.metadata.clone().unwrap_or_default().into_iter().collect(),
    }
}
