//! Uploaded and rendered files, in S3.

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, config::Builder, error::DisplayErrorContext, primitives::ByteStream};
use bytes::Bytes;

/// The bucket.
#[derive(Debug, Clone)]
pub struct FileStore {
    client: Client,
    bucket: String,
}

/// The bucket did not answer, or the file is not there.
#[derive(Debug, thiserror::Error)]
pub enum FileStoreError {
    /// There is no file with this key.
    #[error("there is no file {0}")]
    NotFound(String),
    /// S3 refused or did not answer.
    #[error("files: {0}")]
    Unavailable(String),
}

impl FileStore {
    pub(crate) fn new(aws: &SdkConfig, bucket: &str) -> Self {
        // A local endpoint has no host name per bucket.
        let config = Builder::from(aws).force_path_style(aws.endpoint_url().is_some()).build();
        Self { client: Client::from_conf(config), bucket: bucket.to_owned() }
    }

    /// Stores a file; an earlier one with the same key is replaced.
    ///
    /// # Errors
    /// When S3 refuses or does not answer.
    pub async fn put(&self, key: &str, content_type: &str, body: Bytes) -> Result<(), FileStoreError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key).content_type(content_type);
        put.body(ByteStream::from(body))
            .send()
            .await
            .map_err(|error| FileStoreError::Unavailable(DisplayErrorContext(error).to_string()))?;
        Ok(())
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// See [`FileStoreError`].
    pub async fn get(&self, key: &str) -> Result<Bytes, FileStoreError> {
        let found = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let object = found.map_err(|error| match error.as_service_error() {
            Some(service) if service.is_no_such_key() => FileStoreError::NotFound(key.to_owned()),
            _ => FileStoreError::Unavailable(DisplayErrorContext(error).to_string()),
        })?;
        let body = object.body.collect().await;
        Ok(body.map_err(|error| FileStoreError::Unavailable(error.to_string()))?.into_bytes())
    }
}

impl domain::Failure for FileStoreError {
    fn kind(&self) -> domain::Kind {
        match self {
            Self::NotFound(_) => domain::Kind::NotFound,
            Self::Unavailable(_) => domain::Kind::Unavailable,
        }
    }
}
