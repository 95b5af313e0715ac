//! Conditional requests (Amazon S3 user guide, "Conditional requests"; RFC 9110, section 13).

use http::HeaderMap;
use http::header::{ETAG, LAST_MODIFIED};
use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::timestamp;
use crate::aws::s3::object_file::ObjectMeta;
use crate::aws::s3::store::Precondition;

/// The conditions of a read, or on the source of a copy.
#[derive(Default)]
pub(super) struct Conditions<'a> {
    pub(super) if_match: Option<&'a ETagCondition>,
    pub(super) if_none_match: Option<&'a ETagCondition>,
    pub(super) if_modified_since: Option<&'a Timestamp>,
    pub(super) if_unmodified_since: Option<&'a Timestamp>,
}

/// [`Conditions`] in the input of a read.
macro_rules! conditions {
    ($input:expr) => {
        $crate::aws::s3::api::conditions::Conditions {
            if_match: $input.if_match.as_ref(),
            if_none_match: $input.if_none_match.as_ref(),
            if_modified_since: $input.if_modified_since.as_ref(),
            if_unmodified_since: $input.if_unmodified_since.as_ref(),
        }
    };
}
pub(super) use conditions;

/// [`Conditions`] on the source, in the input of a copy.
macro_rules! source_conditions {
    ($input:expr) => {
        $crate::aws::s3::api::conditions::Conditions {
            if_match: $input.copy_source_if_match.as_ref(),
            if_none_match: $input.copy_source_if_none_match.as_ref(),
            if_modified_since: $input.copy_source_if_modified_since.as_ref(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.as_ref(),
        }
    };
}
pub(super) use source_conditions;

/// What comes of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Go,
    Failed,
    NotModified,
}

impl Conditions<'_> {
    fn verdict(&self, meta: &ObjectMeta) -> Verdict {
        // Headers have whole seconds.
        let modified = timestamp(meta.modified_ms.div_euclid(1000) * 1000);
        // ETags win over times.
        match (self.if_match, self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, meta) => return Verdict::Failed,
            (None, Some(time)) if modified > *time => return Verdict::Failed,
            _ => {}
        }
        match (self.if_none_match, self.if_modified_since) {
            (Some(condition), _) if matches(condition, meta) => Verdict::NotModified,
            (None, Some(time)) if modified <= *time => Verdict::NotModified,
            _ => Verdict::Go,
        }
    }

    /// For a read: what has not changed is answered 304.
    pub(super) fn check_read(&self, meta: &ObjectMeta) -> S3Result<()> {
        match self.verdict(meta) {
            Verdict::Go => Ok(()),
            Verdict::Failed => Err(failed()),
            Verdict::NotModified => {
                let mut headers = HeaderMap::new();
                if let Ok(etag) = format!("\"{}\"", meta.etag).parse() {
                    headers.insert(ETAG, etag);
                }
                let modified = chrono::DateTime::from_timestamp_millis(meta.modified_ms);
                let modified = modified.map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
                if let Some(modified) = modified.and_then(|text| text.parse().ok()) {
                    headers.insert(LAST_MODIFIED, modified);
                }
                let mut error = S3Error::new(S3ErrorCode::NotModified);
                error.set_headers(headers);
                Err(error)
            }
        }
    }

    /// For the source of a copy, which fails in either case (API reference, CopyObject).
    pub(super) fn check_source(&self, meta: &ObjectMeta) -> S3Result<()> {
        if self.verdict(meta) == Verdict::Go { Ok(()) } else { Err(failed()) }
    }
}

fn matches(condition: &ETagCondition, meta: &ObjectMeta) -> bool {
    condition.is_any() || condition.as_etag().is_some_and(|etag| etag.value() == meta.etag)
}

fn failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

/// `If-None-Match: *` and `If-Match` of a write (user guide, "How to prevent object overwrites with conditional
/// writes").
pub(super) fn of_write(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<Precondition> {
    match (if_none_match, if_match) {
        (None, None) => Ok(Precondition::None),
        (Some(condition), None) if condition.is_any() => Ok(Precondition::Absent),
        (None, Some(condition)) => match condition.as_etag() {
            Some(etag) => Ok(Precondition::Matches(etag.value().to_owned())),
            None => Err(s3_error!(NotImplemented, "If-Match takes an ETag here.")),
        },
        _ => Err(s3_error!(NotImplemented, "If-None-Match takes * here.")),
    }
}
