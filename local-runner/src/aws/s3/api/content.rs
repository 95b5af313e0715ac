//! Content on its way in: written to a file while its digests are computed.

use futures::StreamExt as _;
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::dto::{Checksum, StreamingBlob};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::aws::s3::store::Upload;

/// What has been received.
pub(super) struct Content {
    pub(super) size: u64,
    /// The MD5, in hex.
    pub(super) etag: String,
}

/// What the client says about the content; wherever it says something, that has to be so.
#[derive(Default)]
pub(super) struct Told {
    pub(super) length: Option<i64>,
    pub(super) md5: Option<String>,
    pub(super) checksums: Checksum,
}

/// [`Told`] of the input of any operation that takes content: they have no type in common, but the same fields.
macro_rules! told {
    ($input:expr) => {
        $crate::aws::s3::api::content::Told {
            length: $input.content_length,
            md5: $input.content_md5.take(),
            checksums: s3s::dto::Checksum {
                checksum_crc32: $input.checksum_crc32.take(),
                checksum_crc32c: $input.checksum_crc32c.take(),
                checksum_crc64nvme: $input.checksum_crc64nvme.take(),
                checksum_sha1: $input.checksum_sha1.take(),
                checksum_sha256: $input.checksum_sha256.take(),
                ..Default::default()
            },
        }
    };
}
pub(super) use told;

/// What an object is described by in the input of any operation that makes one, into its `ObjectMeta`.
macro_rules! describe {
    ($meta:expr, $input:expr) => {
        $meta.content_type = $input.content_type.clone().unwrap_or_else(|| ObjectMeta::DEFAULT_TYPE.into());
        $meta.content_encoding = $input.content_encoding.clone();
        $meta.content_disposition = $input.content_disposition.clone();
        $meta.content_language = $input.content_language.clone();
        $meta.cache_control = $input.cache_control.clone();
        $meta.metadata = $input.metadata.clone().unwrap_or_default().into_iter().collect();
    };
}
pub(super) use describe;

/// Writes a body into the upload's file.
pub(super) async fn receive(upload: &Upload, body: Option<StreamingBlob>, told: &Told) -> S3Result<Content> {
    let mut file = File::create_new(upload.path()).await.map_err(S3Error::internal_error)?;
    let (mut size, mut digest) = (0, Md5::new());
    let wanted = &told.checksums;
    let mut checksums = ChecksumHasher {
        crc32: wanted.checksum_crc32.as_ref().map(|_| Default::default()),
        crc32c: wanted.checksum_crc32c.as_ref().map(|_| Default::default()),
        sha1: wanted.checksum_sha1.as_ref().map(|_| Default::default()),
        sha256: wanted.checksum_sha256.as_ref().map(|_| Default::default()),
        crc64nvme: wanted.checksum_crc64nvme.as_ref().map(|_| Default::default()),
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
    let same = told.md5.as_ref().is_none_or(|told| *told == md5)
        && sum.checksum_crc32 == wanted.checksum_crc32
        && sum.checksum_crc32c == wanted.checksum_crc32c
        && sum.checksum_sha1 == wanted.checksum_sha1
        && sum.checksum_sha256 == wanted.checksum_sha256
        && sum.checksum_crc64nvme == wanted.checksum_crc64nvme;
    if !same {
        return Err(s3_error!(BadDigest, "The checksum that was sent does not match the content received."));
    }
    if told.length.is_some_and(|told| u64::try_from(told).ok() != Some(size)) {
        return Err(s3_error!(IncompleteBody));
    }
    Ok(Content { size, etag: hex(digest.as_slice()) })
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
