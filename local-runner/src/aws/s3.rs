//! S3 for one machine, path style. The `s3s` crate speaks the protocol (0.14 is its newest line for this toolchain);
//! [`api`] says what the operations do, [`store`] keeps the objects.
//!
//! `s3s-fs` was looked at and not used: it syncs nothing, writes content and metadata as files that a crash can part,
//! and cannot hold the keys `a` and `a/b` at once.

mod api;
mod chunked;
mod cors;
mod form;
mod multipart;
mod object_file;
mod presigned;
mod refusal;
mod store;

use std::io;
use std::path::Path;
use std::sync::Arc;

use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use s3s::dto::CORSRules;
use s3s::service::{S3Service, S3ServiceBuilder};

use self::cors::Asked;
use self::refusal::Refusal;
use self::store::Store;
use super::answer::{Body, full};
use crate::clock::{Clock, SystemClock};

/// The object service.
pub(super) struct Objects {
    service: S3Service,
    store: Arc<Store>,
}

/// An answer in S3's words to a request that is not let in.
pub(super) fn refused(status: u16, code: &'static str, message: &str) -> Response<Body> {
    Refusal::new(status, code, message).into_response()
}

impl Objects {
    /// Opens the buckets below `root`.
    pub(super) fn open(root: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let store = Arc::new(Store::open(root)?);
        let service = S3ServiceBuilder::new(api::Api { store: Arc::clone(&store), clock }).build();
        Ok(Self { service, store })
    }

    /// Answers a request of the S3 REST protocol.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let rules = self.rules_for(request.uri().path());
        if request.method() == Method::OPTIONS {
            return preflight(request.headers(), rules.as_ref());
        }
        let asked = Asked::with(request.method(), request.headers());
        let mut response = match self.answer_any_origin(request).await {
            Ok(response) => response,
            Err(refusal) => refusal.into_response(),
        };
        if let Some(headers) = asked.zip(rules).and_then(|(asked, rules)| asked.allowed_by(&rules)) {
            response.headers_mut().extend(headers);
        }
        response
    }

    async fn answer_any_origin(&self, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        presigned::check(request.uri(), SystemClock.now())?;
        let is_form = form::is_form(request.method(), request.headers());
        let request =
            if is_form { form::without_signature(request).await? } else { without_signature(request) };
        match self.service.call(request).await {
            Ok(response) if is_form => form::refused_by_policy(response.map(BodyExt::boxed_unsync)).await,
            Ok(response) => Ok(response.map(BodyExt::boxed_unsync)),
            Err(error) => Err(Refusal::new(500, "InternalError", format!("{error:?}"))),
        }
    }

    /// The CORS rules of the bucket that a path names.
    fn rules_for(&self, path: &str) -> Option<CORSRules> {
        let bucket = path.trim_start_matches('/').split('/').next()?;
        self.store.cors(bucket).ok().flatten()
    }
}

/// Answers a browser that asks whether it may ask (user guide, "Testing CORS": what S3 answers).
fn preflight(headers: &HeaderMap, rules: Option<&CORSRules>) -> Response<Body> {
    let Some(asked) = Asked::before(headers) else {
        let text = "Insufficient information. Origin request header needed.";
        return Refusal::new(400, "BadRequest", text).into_response();
    };
    let Some(rules) = rules else {
        return Refusal::new(403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
            .into_response();
    };
    match asked.allowed_by(rules) {
        None => {
            let text = "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of \
                Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not \
                whitelisted by the resource's CORS spec.";
            Refusal::new(403, "AccessForbidden", text).into_response()
        }
        Some(headers) => {
            let mut response = Response::new(full(bytes::Bytes::new()));
            *response.headers_mut() = headers;
            response
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
    parts.uri = presigned::without_signature(parts.uri);
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

#[cfg(test)]
mod tests {
    use super::*;

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
