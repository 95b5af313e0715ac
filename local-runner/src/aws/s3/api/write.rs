//! PutObject and DeleteObjects.

use s3s::S3Result;
use s3s::dto::*;

use super::Api;
use super::conditions;
use super::content::{describe, receive, told};
use crate::aws::s3::object_file::ObjectMeta;

impl Api {
    pub(super) async fn put(&self, mut input: PutObjectInput) -> S3Result<PutObjectOutput> {
        self.require_bucket(&input.bucket)?;
        let condition = conditions::of_write(input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let upload = self.store.start_upload();
        let body = input.body.take();
        let told = told!(input);
        let content = receive(&upload, body, &told).await?;
        let etag = content.etag.clone();
        let mut meta = ObjectMeta::new(input.key.clone(), content.size, etag, self.now_ms());
        describe!(meta, input);
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
