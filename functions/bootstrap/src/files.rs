//! Uploaded and rendered files, in S3.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::{
    Client,
    config::Builder,
    error::{DisplayErrorContext, SdkError},
    operation::head_object::HeadObjectError,
    presigning::PresigningConfig,
    primitives::ByteStream,
};
use bytes::Bytes;

use crate::trace::TraceHeader;

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
        let config = Builder::from(aws).force_path_style(aws.endpoint_url().is_some());
        let config = config.interceptor(TraceHeader).build();
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

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// When S3 refuses or does not answer.
    pub async fn delete(&self, key: &str) -> Result<(), FileStoreError> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(key);
        delete.send().await.map(drop).map_err(unavailable)
    }

    /// Removes every file whose key begins with `prefix`. Answers how many there were.
    ///
    /// # Errors
    /// When S3 refuses or does not answer: some may be gone then.
    pub async fn delete_all(&self, prefix: &str) -> Result<usize, FileStoreError> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let mut pages = list.into_paginator().send();
        let mut deleted = 0;
        while let Some(page) = pages.next().await {
            for key in page.map_err(unavailable)?.contents().iter().filter_map(|object| object.key()) {
                self.delete(key).await?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// Whether there is a file with this key: asked before a browser is led to it, which S3 would answer in XML.
    ///
    /// Whoever may not list the bucket is told 403 of a file that is not there, and 404 otherwise (Amazon S3 API
    /// Reference, "HeadObject"): both mean that there is nothing to lead to.
    ///
    /// # Errors
    /// When S3 does not answer.
    pub async fn is_there(&self, key: &str) -> Result<bool, FileStoreError> {
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => {
                // The answer has no body that could tell a file that is missing from a role that allows too little.
                let error = DisplayErrorContext(&error).to_string();
                tracing::warn!(key, error, "a file is not there, or may not be read");
                Ok(false)
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// An address under which a browser gets a file as a download, for so long and without a session.
    ///
    /// # Errors
    /// When there are no credentials to sign with.
    pub async fn presigned(
        &self,
        key: &str,
        file_name: &str,
        valid_for: Duration,
    ) -> Result<String, FileStoreError> {
        let settings = PresigningConfig::expires_in(valid_for)
            .map_err(|error| FileStoreError::Unavailable(error.to_string()))?;
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        let get = get.response_content_disposition(format!("attachment; filename=\"{file_name}\""));
        Ok(get.presigned(settings).await.map_err(unavailable)?.uri().to_owned())
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

fn is_missing(error: &SdkError<HeadObjectError>) -> bool {
    error.raw_response().is_some_and(|response| matches!(response.status().as_u16(), 403 | 404))
}

fn unavailable<E: std::error::Error>(error: E) -> FileStoreError {
    FileStoreError::Unavailable(DisplayErrorContext(error).to_string())
}

impl domain::Failure for FileStoreError {
    fn kind(&self) -> domain::Kind {
        match self {
            Self::NotFound(_) => domain::Kind::NotFound,
            Self::Unavailable(_) => domain::Kind::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

    use super::*;

    /// A bucket that answers one request with this status and nothing else.
    fn bucket(status: &'static str) -> FileStore {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _read = stream.read(&mut [0; 8192]).unwrap();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
        });
        let credentials = Credentials::new("key", "secret", None, None, "test");
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .endpoint_url(url)
            .build();
        FileStore::new(&aws, "files")
    }

    #[tokio::test]
    async fn a_missing_file_is_missing_whether_or_not_the_bucket_may_be_listed() {
        assert!(bucket("200 OK").is_there("export.zip").await.unwrap());
        for missing in ["404 Not Found", "403 Forbidden"] {
            assert!(!bucket(missing).is_there("export.zip").await.unwrap(), "{missing}");
        }
        let error = bucket("503 Slow Down").is_there("export.zip").await.unwrap_err();
        assert!(matches!(error, FileStoreError::Unavailable(_)), "{error}");
    }
}
