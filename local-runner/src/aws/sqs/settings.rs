//! What a queue's attributes say: their names, ranges and defaults as in the Amazon SQS API reference, pages
//! "CreateQueue" and "GetQueueAttributes".

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::{ACCOUNT, REGION};
use super::error::SqsError;

/// The largest message, and the largest sum of the messages of one batch: 1 MiB since August 2025.
pub(super) const MAX_MESSAGE_BYTES: usize = 1_048_576;

/// Attributes as the caller has set them, by name.
pub(super) type Attributes = BTreeMap<String, String>;

/// The attributes that steer the queue, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// How long a received message stays hidden, in ms, 0 to 12 h.
    pub(super) visibility_ms: i64,
    /// How long a sent message stays hidden, in ms, 0 to 15 min.
    pub(super) delay_ms: i64,
    /// How long a message is kept, in ms, 1 min to 14 days.
    pub(super) retention_ms: i64,
    /// How long a receive waits when it does not say, in s, 0 to 20.
    pub(super) wait_s: i64,
    /// The largest message, in bytes.
    pub(super) max_bytes: usize,
    /// Where messages go that were received too often.
    pub(super) redrive: Option<Redrive>,
}

/// A redrive policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redrive {
    /// The name of the dead-letter queue.
    pub(super) queue: String,
    /// Receives after which the next one moves the message there, 1 to 1,000.
    pub(super) max_receives: u32,
}

/// Attributes that AWS knows and that change nothing on one machine; kept and given back.
const KEPT: [&str; 5] = [
    "Policy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "RedriveAllowPolicy",
];

/// Numbers: name, smallest, largest, default.
const NUMBERS: [(&str, i64, i64, i64); 5] = [
    ("VisibilityTimeout", 0, 43_200, 30),
    ("DelaySeconds", 0, 900, 0),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    ("MaximumMessageSize", 1_024, 1_048_576, 1_048_576),
];

impl Settings {
    /// Reads attributes; an unknown name or a value out of its range is an error in AWS's words.
    pub(super) fn read(attributes: &Attributes) -> Result<Self, SqsError> {
        for name in attributes.keys() {
            check_name(name)?;
        }
        let max_bytes = number(attributes, "MaximumMessageSize")?;
        Ok(Self {
            visibility_ms: number(attributes, "VisibilityTimeout")? * 1000,
            delay_ms: number(attributes, "DelaySeconds")? * 1000,
            retention_ms: number(attributes, "MessageRetentionPeriod")? * 1000,
            wait_s: number(attributes, "ReceiveMessageWaitTimeSeconds")?,
            max_bytes: usize::try_from(max_bytes).unwrap_or(MAX_MESSAGE_BYTES),
            redrive: attributes.get("RedrivePolicy").map(|text| read_redrive(text)).transpose()?.flatten(),
        })
    }
}

fn check_name(name: &str) -> Result<(), SqsError> {
    if name == "FifoQueue" || name == "ContentBasedDeduplication" {
        return Err(SqsError::UnsupportedOperation(format!(
            "{name}: FIFO queues are not served by the local runner yet."
        )));
    }
    let known =
        NUMBERS.iter().any(|(number, ..)| *number == name) || KEPT.contains(&name) || name == "RedrivePolicy";
    if known { Ok(()) } else { Err(SqsError::InvalidAttributeName(name.into())) }
}

fn number(attributes: &Attributes, name: &str) -> Result<i64, SqsError> {
    let (_, least, most, default) =
        NUMBERS.iter().find(|(known, ..)| *known == name).copied().unwrap_or((name, 0, 0, 0));
    let Some(text) = attributes.get(name) else { return Ok(default) };
    text.parse()
        .ok()
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| SqsError::InvalidAttributeValue(format!("Invalid value for the parameter {name}.")))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    dead_letter_target_arn: String,
    max_receive_count: Count,
}

/// AWS takes the count as a number and as a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u32),
    Text(String),
}

fn read_redrive(text: &str) -> Result<Option<Redrive>, SqsError> {
    let invalid = |reason: &str| {
        SqsError::InvalidParameterValue(format!(
            "Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"
        ))
    };
    // An empty value takes the policy away.
    if text.is_empty() || text == "{}" {
        return Ok(None);
    }
    let policy: RedrivePolicy = serde_json::from_str(text)
        .map_err(|_| invalid("It must be JSON with deadLetterTargetArn and maxReceiveCount."))?;
    let max_receives = match policy.max_receive_count {
        Count::Number(count) => count,
        Count::Text(count) => count.parse().unwrap_or(0),
    };
    if !(1..=1000).contains(&max_receives) {
        return Err(invalid("Invalid value for maxReceiveCount: it must be between 1 and 1000."));
    }
    let queue = policy
        .dead_letter_target_arn
        .strip_prefix(&arn(""))
        .filter(|name| !name.is_empty())
        .ok_or_else(|| invalid("Invalid value for deadLetterTargetArn."))?;
    Ok(Some(Redrive { queue: queue.into(), max_receives }))
}

/// The ARN of the queue `name`.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// All configured attributes with their values, defaults included, as GetQueueAttributes gives them.
pub(super) fn configured(attributes: &Attributes) -> Attributes {
    let mut all: Attributes =
        NUMBERS.iter().map(|(name, _, _, default)| ((*name).to_owned(), default.to_string())).collect();
    all.insert("SqsManagedSseEnabled".into(), "true".into());
    all.extend(attributes.iter().filter(|(_, value)| !value.is_empty()).map(|(k, v)| (k.clone(), v.clone())));
    all
}

/// Attributes that only GetQueueAttributes knows.
pub(super) const OBSERVED: [&str; 6] = [
    "QueueArn",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
];

/// Whether GetQueueAttributes may be asked for `name`.
pub(super) fn is_readable(name: &str) -> bool {
    let fifo = ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];
    name == "All" || OBSERVED.contains(&name) || fifo.contains(&name) || check_name(name).is_ok()
}

/// 1 to 80 letters, digits, hyphens and underscores.
pub(super) fn check_queue_name(name: &str) -> Result<(), SqsError> {
    if name.ends_with(".fifo") {
        return Err(SqsError::UnsupportedOperation(
            "FIFO queues are not served by the local runner yet.".into(),
        ));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=80).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(SqsError::InvalidParameterValue(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length".into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_queue_without_attributes_has_the_documented_defaults() {
        let settings = Settings::read(&Attributes::new()).unwrap();
        assert_eq!((settings.visibility_ms, settings.delay_ms, settings.wait_s), (30_000, 0, 0));
        assert_eq!((settings.retention_ms, settings.max_bytes), (345_600_000, 1_048_576));
    }

    #[test]
    fn a_number_outside_its_range_is_refused_by_name() {
        for (name, value) in [("VisibilityTimeout", "43201"), ("DelaySeconds", "-1"), ("DelaySeconds", "x")] {
            let error = Settings::read(&attributes(&[(name, value)])).unwrap_err();
            assert!(error.message().contains(name), "{error:?}");
        }
    }

    #[test]
    fn the_receive_count_of_a_redrive_policy_may_be_a_number_or_a_string() {
        for count in ["3", "\"3\""] {
            let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{count}}}"#, arn("dead"));
            let settings = Settings::read(&attributes(&[("RedrivePolicy", &policy)])).unwrap();
            assert_eq!(settings.redrive, Some(Redrive { queue: "dead".into(), max_receives: 3 }));
        }
    }
}
