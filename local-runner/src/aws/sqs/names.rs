//! Names of queues, and their ARNs and URLs.

use super::super::{ACCOUNT, REGION};
use super::error::SqsError;

/// How the name of a FIFO queue ends.
const FIFO: &str = ".fifo";

/// The ARN of the queue `name`.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// The queue's name in an ARN of this account and region.
pub(super) fn name_in_arn(text: &str) -> Option<&str> {
    let name = text.strip_prefix("arn:aws:sqs:")?.strip_prefix(REGION)?.strip_prefix(':')?;
    name.strip_prefix(ACCOUNT)?.strip_prefix(':').filter(|name| !name.is_empty())
}

/// The queue's URL for a client that reaches this service as `host`.
pub(super) fn url(host: &str, name: &str) -> String {
    format!("http://{host}/{ACCOUNT}/{name}")
}

/// The name of the queue that a URL shows: its last part. Host and account do not matter, because the port may have
/// changed since the URL was given out.
pub(super) fn name_in(url: Option<&str>) -> Result<&str, SqsError> {
    let url = url.filter(|url| !url.is_empty()).ok_or(SqsError::MissingParameter("QueueUrl"))?;
    Ok(url.trim_end_matches('/').rsplit('/').next().unwrap_or(url))
}

/// 1 to 80 letters, digits, hyphens and underscores, of which a FIFO queue's name ends with `.fifo`.
pub(super) fn check_queue_name(name: &str, is_fifo: bool) -> Result<(), SqsError> {
    let stem = if is_fifo { name.strip_suffix(FIFO) } else { Some(name) };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.len() <= 80 && stem.is_some_and(|stem| !stem.is_empty() && stem.bytes().all(allowed)) {
        return Ok(());
    }
    Err(SqsError::InvalidParameterValue(
        if is_fifo {
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end \
            with .fifo suffix and be 1 to 80 in length."
        } else {
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        }
        .into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fifo_queues_end_so_and_others_do_not() {
        for (name, is_fifo, good) in [
            ("a", false, true),
            ("a.fifo", true, true),
            ("a.fifo", false, false),
            ("a", true, false),
            (".fifo", true, false),
            ("a.b.fifo", true, false),
            (&"x".repeat(80), false, true),
            (&"x".repeat(81), false, false),
            (&format!("{}.fifo", "x".repeat(76)), true, false),
        ] {
            assert_eq!(check_queue_name(name, is_fifo).is_ok(), good, "{name} {is_fifo}");
        }
    }

    #[test]
    fn an_arn_of_this_place_names_its_queue() {
        assert_eq!(name_in_arn(&arn("q.fifo")), Some("q.fifo"));
        assert_eq!(name_in_arn("arn:aws:sqs:eu-central-1:000000000000:"), None);
        assert_eq!(name_in_arn("arn:aws:sqs:us-east-1:000000000000:q"), None);
    }
}
