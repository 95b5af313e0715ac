//! The shape of a batch of messages.

use serde_json::Value;

use crate::Check;

const PAGE: &str = "Using Lambda with Amazon SQS";

/// Every record, against the fields that AWS documents.
pub(crate) fn check(event: &Value) -> Vec<Check> {
    let records = event["Records"].as_array().map_or(&[][..], Vec::as_slice);
    let all = |holds: &dyn Fn(&Value) -> bool| !records.is_empty() && records.iter().all(holds);
    let mut checks = Vec::new();
    for field in ["messageId", "receiptHandle", "body", "md5OfBody", "awsRegion"] {
        let ok = all(&|record| record[field].is_string());
        checks.push(Check::new(format!("a record's {field} is text"), PAGE, ok, event.to_string()));
    }
    let named = all(&|record| {
        let arn = record["eventSourceARN"].as_str().unwrap_or_default();
        record["eventSource"] == "aws:sqs" && arn.starts_with("arn:aws:sqs:")
    });
    checks.push(Check::new("a record names its queue", PAGE, named, event.to_string()));
    let attributes =
        ["ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"];
    for name in attributes {
        let ok = all(&|record| record["attributes"][name].is_string());
        checks.push(Check::new(format!("a record's attribute {name} is text"), PAGE, ok, event.to_string()));
    }
    let own = all(&|record| record["messageAttributes"].is_object());
    checks.push(Check::new("a record's messageAttributes is an object", PAGE, own, event.to_string()));
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_documented_record_passes_and_every_field_is_looked_at() {
        let record = json!({
            "messageId": "m", "receiptHandle": "r", "body": "b", "md5OfBody": "d", "awsRegion": "eu-central-1",
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:q",
            "attributes": {
                "ApproximateReceiveCount": "1", "SentTimestamp": "1", "SenderId": "s",
                "ApproximateFirstReceiveTimestamp": "1",
            },
            "messageAttributes": {},
        });
        let failed = |record: &Value| check(&json!({ "Records": [record] })).iter().filter(|c| !c.ok).count();
        assert_eq!(failed(&record), 0);
        for field in ["messageId", "md5OfBody", "eventSourceARN", "messageAttributes"] {
            let mut without = record.clone();
            without[field] = Value::Null;
            assert_eq!(failed(&without), 1, "{field}");
        }
        assert!(check(&json!({ "Records": [] })).iter().all(|check| !check.ok));
    }
}
