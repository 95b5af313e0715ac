//! Reserved words (Amazon DynamoDB developer guide, "Reserved words in DynamoDB"): an expression that names an
//! attribute so is refused by AWS. The engine takes it, so it is refused here, lest code that works on a laptop fails
//! when it is deployed.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;

use super::super::answer::AwsError;

static RESERVED: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("reserved_words.txt").split_whitespace().collect());

/// Words with a meaning of their own in expressions.
const KEYWORDS: [&str; 9] = ["AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"];

/// Checks all expressions of a request, also those inside a transaction. Leaves what is no JSON to others.
pub(super) fn check(body: &[u8]) -> Result<(), AwsError> {
    // Nearly all requests have no expression, and reading the JSON twice would cost them most of all.
    if !body.windows(EXPRESSION.len()).any(|part| part == EXPRESSION.as_bytes()) {
        return Ok(());
    }
    serde_json::from_slice(body).map_or(Ok(()), |request| check_members(&request))
}

const EXPRESSION: &str = "Expression\"";

fn check_members(request: &Value) -> Result<(), AwsError> {
    match request {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| match value {
            Value::String(text) if name.ends_with("Expression") => check_expression(name, text),
            // What is in items and values is data.
            _ if ["Item", "Key", "ExpressionAttributeValues"].contains(&name.as_str()) => Ok(()),
            other => check_members(other),
        }),
        Value::Array(values) => values.iter().try_for_each(check_members),
        _ => Ok(()),
    }
}

fn check_expression(kind: &str, expression: &str) -> Result<(), AwsError> {
    match words(expression).find(|word| is_reserved(word)) {
        None => Ok(()),
        Some(word) => Err(AwsError::new(
            400,
            "com.amazon.coral.validate#ValidationException",
            format!("Invalid {kind}: Attribute name is a reserved keyword; reserved keyword: {word}"),
        )),
    }
}

fn is_reserved(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    !KEYWORDS.contains(&upper.as_str()) && RESERVED.contains(upper.as_str())
}

/// The bare names in an expression: neither placeholders nor functions.
fn words(expression: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '#' | ':');
    let mut rest = expression;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|c| !is_part(c));
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            match word.chars().next()? {
                '#' | ':' | '0'..='9' => {}
                _ if after.trim_start().starts_with('(') => {}
                _ => return Some(word),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_that_of_the_developer_guide() {
        assert_eq!(RESERVED.len(), 573);
        assert!(["TTL", "STATUS", "OWNER", "ZONE"].iter().all(|word| RESERVED.contains(word)));
    }

    #[test]
    fn bare_names_are_checked_in_any_case_and_depth_and_nothing_else_is() {
        for bad in [
            "status = :v",
            "a.b.Name <> :x",
            "SET a = :b REMOVE old",
            "size(data) > :n",
            "NOT hidden = :x OR owner=:o",
        ] {
            assert!(check_expression("ConditionExpression", bad).is_err(), "{bad}");
        }
        for good in [
            "#status = :status",
            "attribute_exists(id) AND contains(tags, :data)",
            "SET a[0] = list_append(b, :c)",
            "size (a) IN (:one, :two)",
        ] {
            assert!(check_expression("ConditionExpression", good).is_ok(), "{good}");
        }
    }

    #[test]
    fn expressions_inside_a_transaction_are_found_and_data_is_not_taken_for_one() {
        let transaction = br#"{"TransactItems":[{"Update":{"UpdateExpression":"SET ttl = :x"}}]}"#;
        assert!(check(transaction).is_err());
        let data = br#"{"Item":{"MyExpression":{"S":"SET ttl = :x"}},"Expression":"a = :b"}"#;
        assert!(check(data).is_ok());
    }
}
