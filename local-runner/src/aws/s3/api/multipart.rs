//! Multipart uploads (user guide, "Uploading and copying objects using multipart upload").

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};

use super::conditions;
use super::content::{describe, receive, told};
use super::{Api, timestamp};
use crate::aws::s3::object_file::ObjectMeta;

/// The most entries of a page.
const MAX_ENTRIES: i32 = 1000;

impl Api {
    pub(super) async fn create_multipart(
        &self,
        input: CreateMultipartUploadInput,
    ) -> S3Result<CreateMultipartUploadOutput> {
        let mut meta = ObjectMeta::new(input.key.clone(), 0, String::new(), self.now_ms());
        describe!(meta, input);
        let bucket = input.bucket.clone();
        let id = self.blocking(move |store| store.create_multipart(&bucket, &meta)).await?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            ..Default::default()
        })
    }

    pub(super) async fn put_part(&self, mut input: UploadPartInput) -> S3Result<UploadPartOutput> {
        let number = number(input.part_number)?;
        self.require_bucket(&input.bucket)?;
        let upload = self.store.start_upload();
        let told = told!(input);
        let content = receive(&upload, input.body.take(), &told).await?;
        let part = ObjectMeta::of_part(content.size, content.etag.clone(), self.now_ms());
        let UploadPartInput { bucket, key, upload_id, .. } = input;
        self.blocking(move |store| store.put_part(&bucket, &key, &upload_id, number, &upload, &part)).await?;
        Ok(UploadPartOutput { e_tag: Some(ETag::Strong(content.etag)), ..Default::default() })
    }

    pub(super) async fn complete_multipart(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let condition = conditions::of_write(input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let parts = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        if parts.is_empty() {
            return Err(s3_error!(MalformedXML, "You must specify at least one part"));
        }
        let wanted = parts.into_iter().map(|part| {
            let number = part.part_number.ok_or_else(|| s3_error!(MalformedXML));
            Ok((self::number(number?)?, part.e_tag.map(ETag::into_value)))
        });
        let wanted = wanted.collect::<S3Result<Vec<_>>>()?;
        let (bucket, key, id, now) =
            (input.bucket.clone(), input.key.clone(), input.upload_id, self.now_ms());
        let etag = self
            .blocking(move |store| store.complete_multipart(&bucket, &key, &id, &wanted, &condition, now))
            .await?;
        Ok(CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(etag)),
            ..Default::default()
        })
    }

    pub(super) async fn parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        let (bucket, key, id) = (input.bucket.clone(), input.key.clone(), input.upload_id.clone());
        let all = self.blocking(move |store| store.parts(&bucket, &key, &id)).await?;
        let limit = input.max_parts.unwrap_or(MAX_ENTRIES).clamp(0, MAX_ENTRIES);
        let after = input.part_number_marker.unwrap_or(0);
        let mut page: Vec<_> = all.into_iter().filter(|(number, _)| i32::from(*number) > after).collect();
        let is_truncated = page.len() > usize::try_from(limit).unwrap_or(0);
        page.truncate(usize::try_from(limit).unwrap_or(0));
        let next = page.last().filter(|_| is_truncated).map(|(number, _)| i32::from(*number));
        let part = |(number, meta): (u16, ObjectMeta)| Part {
            part_number: Some(number.into()),
            size: i64::try_from(meta.size).ok(),
            e_tag: Some(ETag::Strong(meta.etag)),
            last_modified: Some(timestamp(meta.modified_ms)),
            ..Default::default()
        };
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            max_parts: Some(limit),
            part_number_marker: Some(after),
            is_truncated: Some(is_truncated),
            next_part_number_marker: next,
            parts: Some(page.into_iter().map(part).collect()),
            ..Default::default()
        })
    }

    pub(super) async fn multiparts(
        &self,
        input: ListMultipartUploadsInput,
    ) -> S3Result<ListMultipartUploadsOutput> {
        let bucket = input.bucket.clone();
        let all = self.blocking(move |store| store.multiparts(&bucket)).await?;
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let limit = input.max_uploads.unwrap_or(MAX_ENTRIES).clamp(0, MAX_ENTRIES);
        let marker = (input.key_marker.clone().unwrap_or_default(), input.upload_id_marker.clone());
        let comes_after = |key: &str, id: &str| match &marker {
            (after, Some(after_id)) => (key, id) > (after.as_str(), after_id.as_str()),
            (after, None) => after.is_empty() || key > after.as_str(),
        };
        let fits =
            all.into_iter().filter(|(id, meta)| meta.key.starts_with(prefix) && comes_after(&meta.key, id));
        let mut page: Vec<_> = fits.collect();
        let is_truncated = page.len() > usize::try_from(limit).unwrap_or(0);
        page.truncate(usize::try_from(limit).unwrap_or(0));
        let last = page.last().filter(|_| is_truncated).cloned();
        let upload = |(id, meta): (String, ObjectMeta)| MultipartUpload {
            upload_id: Some(id),
            key: Some(meta.key),
            initiated: Some(timestamp(meta.modified_ms)),
            ..Default::default()
        };
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix,
            key_marker: input.key_marker,
            upload_id_marker: input.upload_id_marker,
            max_uploads: Some(limit),
            is_truncated: Some(is_truncated),
            next_key_marker: last.as_ref().map(|(_, meta)| meta.key.clone()),
            next_upload_id_marker: last.map(|(id, _)| id),
            uploads: Some(page.into_iter().map(upload).collect()),
            ..Default::default()
        })
    }
}

/// The number of a part: 1 to 10,000.
pub(super) fn number(number: i32) -> S3Result<u16> {
    u16::try_from(number).ok().filter(|number| (1..=10_000).contains(number)).ok_or_else(|| -> S3Error {
        s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive")
    })
}
