//! What a queue's attributes say: their names, ranges and defaults as in the Amazon SQS API reference, pages
//! "CreateQueue" and "GetQueueAttributes".

use std::collections::BTreeMap;

use super::error::SqsError;
use super::redrive::{Redrive, RedriveAllow};

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
    /// Which queues may send their dead letters here.
    pub(super) allow: RedriveAllow,
    /// Of a FIFO queue.
    pub(super) fifo: Option<FifoSettings>,
}

/// What only FIFO queues can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FifoSettings {
    /// A message without a deduplication id gets the SHA-256 of its body for one.
    pub(super) is_content_based: bool,
    /// A deduplication id counts in its message group only.
    pub(super) is_per_group: bool,
}

/// Attributes that AWS knows and that change nothing on one machine; kept and given back.
const KEPT: [&str; 3] = ["Policy", "KmsMasterKeyId", "SqsManagedSseEnabled"];

/// Numbers: name, smallest, largest, default.
const NUMBERS: [(&str, i64, i64, i64); 5] = [
    ("VisibilityTimeout", 0, 43_200, 30),
    ("DelaySeconds", 0, 900, 0),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    ("MaximumMessageSize", 1_024, 1_048_576, 1_048_576),
];

/// A number that is there only when it was set.
const REUSE_PERIOD: &str = "KmsDataKeyReusePeriodSeconds";

/// Choices of FIFO queues: name, values, of which the first is the default.
const FIFO_CHOICES: [(&str, &[&str]); 4] = [
    ("FifoQueue", &["true"]),
    ("ContentBasedDeduplication", &["false", "true"]),
    ("DeduplicationScope", &["queue", "messageGroup"]),
    ("FifoThroughputLimit", &["perQueue", "perMessageGroupId"]),
];

impl Settings {
    /// Reads attributes; an unknown name or a value out of its range is an error in AWS's words.
    pub(super) fn read(attributes: &Attributes) -> Result<Self, SqsError> {
        let is_fifo = is_fifo(attributes);
        for (name, value) in attributes {
            check(name, value, is_fifo)?;
        }
        let max_bytes = number(attributes, "MaximumMessageSize")?;
        let text = |name| attributes.get(name).map_or("", String::as_str);
        Ok(Self {
            visibility_ms: number(attributes, "VisibilityTimeout")? * 1000,
            delay_ms: number(attributes, "DelaySeconds")? * 1000,
            retention_ms: number(attributes, "MessageRetentionPeriod")? * 1000,
            wait_s: number(attributes, "ReceiveMessageWaitTimeSeconds")?,
            max_bytes: usize::try_from(max_bytes).unwrap_or(MAX_MESSAGE_BYTES),
            redrive: Redrive::read(text("RedrivePolicy"))?,
            allow: RedriveAllow::read(text("RedriveAllowPolicy"))?,
            fifo: if is_fifo { Some(FifoSettings::read(attributes)?) } else { None },
        })
    }
}

impl FifoSettings {
    fn read(attributes: &Attributes) -> Result<Self, SqsError> {
        let is = |name, wanted| attributes.get(name).is_some_and(|value| value == wanted);
        let is_per_group = is("DeduplicationScope", "messageGroup");
        if is("FifoThroughputLimit", "perMessageGroupId") && !is_per_group {
            return Err(SqsError::InvalidAttributeValue(
                "Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when \
                the value for DeduplicationScope is messageGroup."
                    .into(),
            ));
        }
        Ok(Self { is_content_based: is("ContentBasedDeduplication", "true"), is_per_group })
    }
}

/// Whether a queue of these attributes is a FIFO queue. Any value but `true` is refused elsewhere.
pub(super) fn is_fifo(attributes: &Attributes) -> bool {
    attributes.get("FifoQueue").is_some_and(|value| value == "true")
}

fn check(name: &str, value: &str, is_fifo: bool) -> Result<(), SqsError> {
    let invalid = || SqsError::InvalidAttributeValue(format!("Invalid value for the parameter {name}."));
    if let Some((_, values)) = FIFO_CHOICES.iter().find(|(choice, _)| *choice == name) {
        // A standard queue does not know the names, which is also what AWS says to FifoQueue=false.
        let known = if is_fifo { Ok(()) } else { Err(SqsError::InvalidAttributeName(name.into())) };
        return known.and(if values.contains(&value) { Ok(()) } else { Err(invalid()) });
    }
    let is_good = match name {
        "Policy" => value.is_empty() || serde_json::from_str::<serde_json::Map<_, _>>(value).is_ok(),
        "SqsManagedSseEnabled" => ["true", "false"].contains(&value),
        REUSE_PERIOD => value.parse().is_ok_and(|seconds: u32| (60..=86_400).contains(&seconds)),
        _ if is_settable(name) => true,
        _ => return Err(SqsError::InvalidAttributeName(name.into())),
    };
    if is_good { Ok(()) } else { Err(invalid()) }
}

fn is_settable(name: &str) -> bool {
    NUMBERS.iter().any(|(number, ..)| *number == name)
        || KEPT.contains(&name)
        || ["RedrivePolicy", "RedriveAllowPolicy", REUSE_PERIOD].contains(&name)
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

/// All configured attributes with their values, defaults included, as GetQueueAttributes gives them.
pub(super) fn configured(attributes: &Attributes) -> Attributes {
    let mut all: Attributes =
        NUMBERS.iter().map(|(name, _, _, default)| ((*name).to_owned(), default.to_string())).collect();
    all.insert("SqsManagedSseEnabled".into(), "true".into());
    if is_fifo(attributes) {
        all.extend(FIFO_CHOICES.iter().map(|(name, values)| ((*name).to_owned(), values[0].to_owned())));
    }
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
    name == "All"
        || OBSERVED.contains(&name)
        || FIFO_CHOICES.iter().any(|(choice, _)| *choice == name)
        || is_settable(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SqsError> {
        Settings::read(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn a_queue_without_attributes_has_the_documented_defaults() {
        let settings = read(&[]).unwrap();
        assert_eq!((settings.visibility_ms, settings.delay_ms, settings.wait_s), (30_000, 0, 0));
        assert_eq!((settings.retention_ms, settings.max_bytes), (345_600_000, 1_048_576));
        assert_eq!((settings.redrive, settings.allow, settings.fifo), (None, RedriveAllow::All, None));
    }

    #[test]
    fn a_value_outside_its_range_is_refused_by_name() {
        for (name, value) in [
            ("VisibilityTimeout", "43201"),
            ("DelaySeconds", "-1"),
            ("DelaySeconds", "x"),
            ("MessageRetentionPeriod", "59"),
            ("KmsDataKeyReusePeriodSeconds", "86401"),
            ("SqsManagedSseEnabled", "yes"),
            ("Policy", "not JSON"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(matches!(error, SqsError::InvalidAttributeValue(_)), "{error:?}");
            assert!(error.message().contains(name), "{error:?}");
        }
    }

    #[test]
    fn what_belongs_to_fifo_queues_is_unknown_to_a_standard_queue() {
        for (name, value) in [("FifoQueue", "false"), ("DeduplicationScope", "queue")] {
            assert_eq!(read(&[(name, value)]), Err(SqsError::InvalidAttributeName(name.into())));
        }
    }

    #[test]
    fn a_limit_per_group_needs_deduplication_per_group() {
        let fifo = ("FifoQueue", "true");
        let per_group = ("FifoThroughputLimit", "perMessageGroupId");
        assert!(matches!(read(&[fifo, per_group]), Err(SqsError::InvalidAttributeValue(_))));
        let settings = read(&[fifo, per_group, ("DeduplicationScope", "messageGroup")]).unwrap();
        assert_eq!(settings.fifo, Some(FifoSettings { is_content_based: false, is_per_group: true }));
    }
}
