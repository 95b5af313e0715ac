//! The two policies about dead letters: where a queue sends them, and which queues a dead-letter queue takes them from
//! (API reference, "SetQueueAttributes").

use serde::Deserialize;

use super::error::SqsError;
use super::names::name_in_arn;

/// A RedrivePolicy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redrive {
    /// The name of the dead-letter queue.
    pub(super) queue: String,
    /// Receives after which the next one moves the message there, 1 to 1,000.
    pub(super) max_receives: u32,
}

/// A RedriveAllowPolicy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum RedriveAllow {
    #[default]
    All,
    None,
    /// ARNs of queues, at most 10.
    Queues(Vec<String>),
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RedriveAllowPolicy {
    redrive_permission: String,
    source_queue_arns: Option<Vec<String>>,
}

/// An error about one of the policies.
pub(super) fn invalid(parameter: &str, text: &str, reason: &str) -> SqsError {
    SqsError::InvalidParameterValue(format!(
        "Value {text} for parameter {parameter} is invalid. Reason: {reason}"
    ))
}

/// An empty value takes a policy away.
fn is_nothing(text: &str) -> bool {
    text.is_empty() || text == "{}"
}

impl Redrive {
    /// Reads a RedrivePolicy.
    pub(super) fn read(text: &str) -> Result<Option<Self>, SqsError> {
        let invalid = |reason: &str| invalid("RedrivePolicy", text, reason);
        if is_nothing(text) {
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
        let queue = name_in_arn(&policy.dead_letter_target_arn)
            .ok_or_else(|| invalid("Invalid value for deadLetterTargetArn."))?;
        Ok(Some(Self { queue: queue.into(), max_receives }))
    }
}

impl RedriveAllow {
    /// Reads a RedriveAllowPolicy.
    pub(super) fn read(text: &str) -> Result<Self, SqsError> {
        let invalid = |reason: &str| invalid("RedriveAllowPolicy", text, reason);
        if is_nothing(text) {
            return Ok(Self::All);
        }
        let policy: RedriveAllowPolicy = serde_json::from_str(text).map_err(|_| {
            invalid("It must be JSON with redrivePermission and, for byQueue, sourceQueueArns.")
        })?;
        let permission = policy.redrive_permission.as_str();
        match (permission, policy.source_queue_arns) {
            ("allowAll", None) => Ok(Self::All),
            ("denyAll", None) => Ok(Self::None),
            ("byQueue", Some(arns)) if !(1..=10).contains(&arns.len()) => {
                Err(invalid("sourceQueueArns must name 1 to 10 queues."))
            }
            ("byQueue", Some(arns)) if arns.iter().all(|arn| name_in_arn(arn).is_some()) => {
                Ok(Self::Queues(arns))
            }
            ("byQueue", Some(_)) => Err(invalid("Invalid value for sourceQueueArns.")),
            ("byQueue", None) => {
                Err(invalid("sourceQueueArns is required when redrivePermission is byQueue."))
            }
            ("allowAll" | "denyAll", Some(_)) => {
                Err(invalid("sourceQueueArns is allowed only when redrivePermission is byQueue."))
            }
            _ => Err(invalid("redrivePermission must be allowAll, denyAll or byQueue.")),
        }
    }

    /// Whether the queue of this ARN may send its dead letters here.
    pub(super) fn allows(&self, source: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Queues(arns) => arns.iter().any(|arn| arn == source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::arn;
    use super::*;

    #[test]
    fn the_receive_count_of_a_redrive_policy_may_be_a_number_or_a_string() {
        for count in ["3", "\"3\""] {
            let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{count}}}"#, arn("dead"));
            assert_eq!(Redrive::read(&policy), Ok(Some(Redrive { queue: "dead".into(), max_receives: 3 })));
        }
    }

    #[test]
    fn an_allow_policy_names_queues_exactly_when_it_goes_by_queue() {
        let read = |permission: &str, arns: &str| {
            RedriveAllow::read(&format!(r#"{{"redrivePermission":"{permission}"{arns}}}"#))
        };
        let one = format!(r#","sourceQueueArns":["{}"]"#, arn("q"));
        assert_eq!(read("allowAll", ""), Ok(RedriveAllow::All));
        assert_eq!(read("denyAll", ""), Ok(RedriveAllow::None));
        let by_queue = read("byQueue", &one).unwrap();
        assert!(by_queue.allows(&arn("q")) && !by_queue.allows(&arn("other")));
        for (permission, arns) in [
            ("denyAll", one.as_str()),
            ("byQueue", ""),
            ("byQueue", r#","sourceQueueArns":[]"#),
            ("some", ""),
        ] {
            assert!(read(permission, arns).is_err(), "{permission} {arns}");
        }
    }
}
