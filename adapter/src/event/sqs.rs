//! Messages as the event that Lambda makes of them ("Using Lambda with Amazon SQS").

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "Records")]
    records: Vec<Record<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    message_id: &'a str,
    receipt_handle: &'a str,
    body: &'a str,
    attributes: BTreeMap<&'a str, &'a str>,
    message_attributes: BTreeMap<&'a str, Attribute<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<&'a str>,
    md5_of_body: &'a str,
    event_source: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
    aws_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attribute<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    string_list_values: [&'a str; 0],
    binary_list_values: [&'a str; 0],
    data_type: &'a str,
}

/// The event of a batch.
pub(crate) fn event(messages: &[Message], queue_arn: &str, region: &str) -> Vec<u8> {
    let records = messages.iter().map(|message| record(message, queue_arn, region)).collect();
    serde_json::to_vec(&Event { records }).expect("maps with string keys always serialize")
}

/// `https://sqs.eu-central-1.amazonaws.com/123456789012/jobs` is
/// `arn:aws:sqs:eu-central-1:123456789012:jobs`.
pub(crate) fn queue_arn(url: &str, region: &str) -> String {
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("arn:aws:sqs:{region}:{account}:{name}")
}

fn record<'a>(message: &'a Message, event_source_arn: &'a str, aws_region: &'a str) -> Record<'a> {
    let attributes = message.attributes.iter().flatten();
    let message_attributes = message.message_attributes.iter().flatten();
    Record {
        message_id: message.message_id().unwrap_or_default(),
        receipt_handle: message.receipt_handle().unwrap_or_default(),
        body: message.body().unwrap_or_default(),
        attributes: attributes.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        message_attributes: message_attributes
            .map(|(name, value)| (name.as_str(), attribute(value)))
            .collect(),
        md5_of_message_attributes: message.md5_of_message_attributes(),
        md5_of_body: message.md5_of_body().unwrap_or_default(),
        event_source: "aws:sqs",
        event_source_arn,
        aws_region,
    }
}

fn attribute(value: &MessageAttributeValue) -> Attribute<'_> {
    Attribute {
        string_value: value.string_value(),
        binary_value: value.binary_value().map(|bytes| STANDARD.encode(bytes.as_ref())),
        string_list_values: [],
        binary_list_values: [],
        data_type: value.data_type(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::sqs::SqsEvent;
    use aws_sdk_sqs::{primitives::Blob, types::MessageSystemAttributeName};

    #[test]
    fn a_record_has_every_field_that_aws_documents() {
        let text = MessageAttributeValue::builder().data_type("String").string_value("v").build().unwrap();
        let bytes =
            MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([255])).build();
        let message = Message::builder()
            .message_id("m1")
            .receipt_handle("r1")
            .body("{\"a\":1}")
            .md5_of_body("md5")
            .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "2")
            .message_attributes("t", text)
            .message_attributes("b", bytes.unwrap())
            .build();
        let arn = queue_arn("https://sqs.eu-central-1.amazonaws.com/123456789012/jobs", "eu-central-1");
        assert_eq!(arn, "arn:aws:sqs:eu-central-1:123456789012:jobs");
        let json = event(&[message], &arn, "eu-central-1");
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let expected = serde_json::json!({"Records": [{
            "messageId": "m1", "receiptHandle": "r1", "body": "{\"a\":1}",
            "attributes": {"ApproximateReceiveCount": "2"},
            "messageAttributes": {
                "b": {"binaryValue": "/w==", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
                "t": {"stringValue": "v", "stringListValues": [], "binaryListValues": [], "dataType": "String"}
            },
            "md5OfBody": "md5", "eventSource": "aws:sqs", "eventSourceARN": arn, "awsRegion": "eu-central-1"
        }]});
        assert_eq!(value, expected);
        let read: SqsEvent = serde_json::from_slice(&json).unwrap();
        assert_eq!(read.records[0].message_id.as_deref(), Some("m1"));
    }
}
