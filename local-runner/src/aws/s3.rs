//! S3 for one machine, path style. The `s3s` crate speaks the protocol (0.14 is its newest line for this toolchain);
//! [`api`] says what the operations do, [`store`] keeps the objects.
//!
//! `s3s-fs` was looked at and not used: it syncs nothing, writes content and metadata as files that a crash can part,
//! and cannot hold the keys `a` and `a/b` at once.

mod api;
mod chunked;
mod object_file;
mod store;

use std::io;
use std::path::Path;
use std::sync::Arc;

use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use s3s::service::{S3Service, S3ServiceBuilder};

use self::store::Store;
use super::answer::{AwsError, Body};
use crate::clock::Clock;

/// The object service.
pub(super) struct Objects {
    service: S3Service,
}

impl Objects {
    /// Opens the buckets below `root`.
    pub(super) fn open(root: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let store = Arc::new(Store::open(root)?);
        Ok(Self { service: S3ServiceBuilder::new(api::Api { store, clock }).build() })
    }

    /// Answers a request of the S3 REST protocol.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        match self.service.call(without_signature(request)).await {
            Ok(response) => response.map(BodyExt::boxed_unsync),
            Err(error) => AwsError::new(500, "InternalError", format!("{error:?}")).into_response(),
        }
    }
}

/// Takes off what belongs to the signature, which nobody here can check, and the transfer encoding that comes with
/// it (Amazon S3 API reference, "Signature calculations for the authorization header: transferring payload in
/// multiple chunks").
fn without_signature(request: Request<Incoming>) -> Request<s3s::Body> {
    let (mut parts, body) = request.into_parts();
    let headers = &mut parts.headers;
    headers.remove(AUTHORIZATION);
    let in_chunks = headers
        .remove("x-amz-content-sha256")
        .is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-"));
    parts.uri = without_signature_in_query(parts.uri);
    if !in_chunks {
        return Request::from_parts(parts, body.into());
    }
    describe_decoded(headers);
    let frames = futures::StreamExt::map(chunked::decode(body), |chunk| chunk.map(Frame::data));
    Request::from_parts(parts, s3s::Body::http_body_unsync(StreamBody::new(frames)))
}

/// Makes the headers say of the content what they said of its transfer.
fn describe_decoded(headers: &mut HeaderMap) {
    headers.remove("x-amz-trailer");
    match headers.remove("x-amz-decoded-content-length") {
        Some(length) => drop(headers.insert(CONTENT_LENGTH, length)),
        None => drop(headers.remove(CONTENT_LENGTH)),
    }
    let encoding = headers.remove(CONTENT_ENCODING);
    let rest: Vec<&str> = encoding
        .as_ref()
        .and_then(|value| value.to_str().ok())
        .into_iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && *coding != "aws-chunked")
        .collect();
    if let Some(value) = HeaderValue::try_from(rest.join(", ")).ok().filter(|value| !value.is_empty()) {
        headers.insert(CONTENT_ENCODING, value);
    }
}

/// The parameters of a presigned URL. Its expiry is not checked either.
const PRESIGNED: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

fn without_signature_in_query(uri: Uri) -> Uri {
    let Some(query) = uri.query().filter(|query| query.contains("X-Amz-Signature=")) else { return uri };
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<&str> = query.split('&').filter(|pair| !PRESIGNED.contains(&name(pair).as_str())).collect();
    let target =
        if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) };
    target.parse().unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presigned_url_loses_its_signature_and_nothing_else() {
        let uri = "/b/k%20x?X-Amz-Algorithm=A&partNumber=2&X-Amz-Signature=f&X-Amz-Expires=9&response-content-type=a";
        let stripped = without_signature_in_query(uri.parse().unwrap());
        assert_eq!(stripped, "/b/k%20x?partNumber=2&response-content-type=a");
        assert_eq!(without_signature_in_query("/b/k?X-Amz-Signature=f".parse().unwrap()), "/b/k");
        assert_eq!(without_signature_in_query("/b/k?list-type=2".parse().unwrap()), "/b/k?list-type=2");
    }

    #[test]
    fn the_encoding_of_the_content_outlives_the_encoding_of_its_transfer() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("aws-chunked,gzip"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("99"));
        headers.insert("x-amz-decoded-content-length", HeaderValue::from_static("5"));
        describe_decoded(&mut headers);
        assert_eq!(headers[CONTENT_ENCODING], "gzip");
        assert_eq!(headers[CONTENT_LENGTH], "5");
    }
}
