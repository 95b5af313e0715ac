//! Uploads by a browser's form (API reference, "Browser-based uploads using POST"). `s3s` reads the form and checks its
//! policy's conditions and expiry; given a signature it wants to verify it, which nobody can here. So the signature's
//! field is renamed, to what a policy lets pass, before `s3s` sees it. `${filename}` in a key is filled in here too, for
//! `s3s` takes it as it is. Forms without a policy are refused, for no bucket here is public.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, TryStreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, BodyStream, StreamBody};
use hyper::body::{Frame, Incoming};

use super::refusal::Refusal;
use crate::aws::answer::{Body, BoxError, full};

/// Bytes of the fields before the file.
const MAX_FIELDS: usize = 256 * 1024;

/// Names of signatures, and names of the same length that mean nothing.
const SIGNATURES: [(&[u8], &[u8]); 2] = [
    (b"name=\"x-amz-signature\"", b"name=\"x-ignore-signat\""),
    (b"name=\"signature\"", b"name=\"x-ignore-\""),
];

/// Whether a request is such a form.
pub(super) fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    method == Method::POST && kind.to_ascii_lowercase().starts_with(b"multipart/form-data")
}

/// The form without its signature.
pub(super) async fn without_signature(request: Request<Incoming>) -> Result<Request<s3s::Body>, Refusal> {
    let (mut parts, mut body) = request.into_parts();
    let mut fields = BytesMut::new();
    while file_header(&fields).is_none() {
        if fields.len() > MAX_FIELDS {
            return Err(Refusal::new(
                400,
                "MaxPostPreDataLengthExceeded",
                "The fields before the file are too large.",
            ));
        }
        match body.frame().await {
            Some(Ok(frame)) => {
                fields.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default());
            }
            _ => break,
        }
    }
    let (end, file_name) = file_header(&fields).unwrap_or((fields.len(), None));
    let lower = fields[..end].to_ascii_lowercase();
    if position(&lower, b"name=\"policy\"").is_none() {
        return Err(Refusal::new(403, "AccessDenied", "A form needs a policy."));
    }
    for (name, other) in SIGNATURES {
        if let Some(at) = position(&lower, name) {
            fields[at..at + other.len()].copy_from_slice(other);
        }
    }
    if let Some(name) = file_name {
        let longer = fill_in(&mut fields, end, &name);
        let length =
            parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
        if let Some(length) = length.and_then(|length| u64::try_from(length + longer).ok()) {
            parts.headers.insert(CONTENT_LENGTH, length.into());
        }
    }
    let rest = TryStreamExt::map_err(BodyStream::new(body), BoxError::from);
    let frames = stream::once(async move { Ok(Frame::data(fields.freeze())) }).chain(rest);
    Ok(Request::from_parts(parts, s3s::Body::http_body_unsync(StreamBody::new(frames))))
}

/// What AWS says where `s3s` takes the policy for broken: a form that does not keep it is not let in.
pub(super) async fn refused_by_policy(response: Response<Body>) -> Result<Response<Body>, Refusal> {
    if response.status() != StatusCode::BAD_REQUEST {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let text = match body.collect().await {
        Ok(text) => text.to_bytes(),
        Err(error) => return Err(Refusal::new(500, "InternalError", error.to_string())),
    };
    if position(&text, b"<Message>Policy condition").is_some() {
        let text = "Invalid according to Policy: Policy Condition failed";
        return Err(Refusal::new(403, "AccessDenied", text));
    }
    Ok(Response::from_parts(parts, full(text)))
}

/// Where the header of the file begins, and the file's name; `None` as long as the header is not there in whole.
fn file_header(bytes: &[u8]) -> Option<(usize, Option<Vec<u8>>)> {
    let start = position(bytes, b"name=\"file\"")?;
    let rest = bytes.get(start..)?;
    let header = rest.get(..position(rest, b"\r\n\r\n")?)?;
    const NAME: &[u8] = b"filename=\"";
    let name = position(header, NAME).and_then(|at| header.get(at + NAME.len()..));
    let name = name.and_then(|rest| rest.split(|byte| *byte == b'"').next());
    // Some browsers tell a path.
    let name = name.and_then(|path| path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next());
    Some((start, name.map(<[u8]>::to_vec)))
}

/// Puts the file's name where the fields before `end` ask for it; returns by how many bytes they have grown.
fn fill_in(fields: &mut BytesMut, end: usize, name: &[u8]) -> i64 {
    const VARIABLE: &[u8] = b"${filename}";
    let Some(at) = position(&fields[..end], VARIABLE) else { return 0 };
    let tail = fields.split_off(at + VARIABLE.len());
    fields.truncate(at);
    fields.extend_from_slice(name);
    fields.extend_from_slice(&tail);
    let length = |bytes: &[u8]| i64::try_from(bytes.len()).unwrap_or(0);
    length(name) - length(VARIABLE)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}
