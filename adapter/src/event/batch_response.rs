//! Which messages of a batch are done: "Implementing partial batch responses" in the Lambda Developer Guide.
//!
//! A mistake here either loses messages or repeats them for ever, so what the guide calls a complete success
//! and a complete failure is followed to the letter.

use std::collections::HashSet;

use serde_json::Value;

/// What became of a batch.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum BatchOutcome {
    /// Every message is done.
    AllSucceeded,
    /// These come back; the others are done.
    SomeFailed(HashSet<String>),
    /// All come back, and why.
    AllFailed(String),
}

/// Reads a function's answer to a batch of messages with these ids.
pub(crate) fn parse(payload: &[u8], ids: &HashSet<&str>) -> BatchOutcome {
    if payload.iter().all(u8::is_ascii_whitespace) {
        return BatchOutcome::AllSucceeded;
    }
    match serde_json::from_slice::<Value>(payload) {
        Err(error) => BatchOutcome::AllFailed(format!("the answer is not JSON: {error}")),
        Ok(Value::Null) => BatchOutcome::AllSucceeded,
        Ok(Value::Object(fields)) => match fields.get("batchItemFailures") {
            None | Some(Value::Null) => BatchOutcome::AllSucceeded,
            Some(Value::Array(failures)) => read_failures(failures, ids),
            Some(_) => BatchOutcome::AllFailed("`batchItemFailures` is not a list".to_owned()),
        },
        Ok(_) => BatchOutcome::AllFailed("the answer is neither an object nor null".to_owned()),
    }
}

fn read_failures(failures: &[Value], ids: &HashSet<&str>) -> BatchOutcome {
    let mut failed = HashSet::new();
    for failure in failures {
        let id = match failure.get("itemIdentifier") {
            Some(Value::String(id)) if !id.is_empty() => id,
            Some(Value::String(_)) => {
                return BatchOutcome::AllFailed("an `itemIdentifier` is empty".to_owned());
            }
            Some(Value::Null) => return BatchOutcome::AllFailed("an `itemIdentifier` is null".to_owned()),
            Some(_) => return BatchOutcome::AllFailed("an `itemIdentifier` is not a string".to_owned()),
            None => return BatchOutcome::AllFailed("a failure has no `itemIdentifier`".to_owned()),
        };
        if !ids.contains(id.as_str()) {
            return BatchOutcome::AllFailed(format!("`{id}` is no message of this batch"));
        }
        failed.insert(id.clone());
    }
    if failed.is_empty() { BatchOutcome::AllSucceeded } else { BatchOutcome::SomeFailed(failed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(payload: &str) -> BatchOutcome {
        parse(payload.as_bytes(), &HashSet::from(["m1", "m2", "m3"]))
    }

    #[test]
    fn an_empty_or_null_answer_or_list_is_a_complete_success() {
        for answer in [
            "",
            "  \n",
            "null",
            "{}",
            r#"{"batchItemFailures":[]}"#,
            r#"{"batchItemFailures":null}"#,
            r#"{"processed":3}"#,
        ] {
            assert_eq!(outcome(answer), BatchOutcome::AllSucceeded, "{answer}");
        }
    }

    #[test]
    fn named_messages_fail_and_the_others_succeed() {
        let answer = r#"{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m3","why":"x"}]}"#;
        let expected = HashSet::from(["m1".to_owned(), "m3".to_owned()]);
        assert_eq!(outcome(answer), BatchOutcome::SomeFailed(expected));
        let twice = r#"{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m2"}]}"#;
        assert_eq!(outcome(twice), BatchOutcome::SomeFailed(HashSet::from(["m2".to_owned()])));
    }

    #[test]
    fn every_answer_that_cannot_be_understood_is_a_complete_failure() {
        for answer in [
            "{",
            "not json",
            "\"ok\"",
            "[]",
            "true",
            "7",
            r#"{"batchItemFailures":{}}"#,
            r#"{"batchItemFailures":"m1"}"#,
            r#"{"batchItemFailures":[null]}"#,
            r#"{"batchItemFailures":["m1"]}"#,
            r#"{"batchItemFailures":[{}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":7}]}"#,
            r#"{"batchItemFailures":[{"itemidentifier":"m1"}]}"#,
            r#"{"batchItemFailures":[{"messageId":"m1"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"m4"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m4"}]}"#,
        ] {
            assert!(matches!(outcome(answer), BatchOutcome::AllFailed(_)), "{answer}");
        }
    }
}
