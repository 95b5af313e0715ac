//! Messages as the event that Lambda makes of them ("Using Lambda with Amazon SQS").

use std::sync::Arc;

use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    message_id: &'a str,
    receipt_handle: &'a str,
    body: &'a str,
    #[serde(serialize_with = "as_object")]
    attributes: Vec<(&'a str, &'a str)>,
    #[serde(serialize_with = "as_object")]
    message_attributes: Vec<(&'a str, Attribute<'a>)>,
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

const HEAD: &[u8] = br#"{"Records":["#;
const TAIL: &[u8] = b"]}";

/// The event of a batch, or as many events as it takes for none to have more than `most` bytes, each with its number
/// of messages. A message that is larger alone gets an event of its own.
pub(crate) fn events(
    messages: &[Arc<Message>],
    queue_arn: &str,
    region: &str,
    most: usize,
) -> Vec<(usize, Vec<u8>)> {
    let mut events = Vec::new();
    let (mut event, mut count) = (HEAD.to_vec(), 0);
    for message in messages {
        let before = event.len();
        if count > 0 {
            event.push(b',');
        }
        let start = event.len();
        serde_json::to_writer(&mut event, &record(message, queue_arn, region))
            .expect("strings always serialize into memory");
        if count > 0 && event.len() + TAIL.len() > most {
            let next = [HEAD, &event[start..]].concat();
            event.truncate(before);
            event.extend_from_slice(TAIL);
            events.push((count, std::mem::replace(&mut event, next)));
            count = 0;
        }
        count += 1;
    }
    if count > 0 {
        event.extend_from_slice(TAIL);
        events.push((count, event));
    }
    events
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

/// In the order that they came in, without a map between.
fn as_object<S: Serializer, T: Serialize>(fields: &[(&str, T)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(fields.iter().map(|(name, value)| (*name, value)))
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

    const ARN: &str = "arn:aws:sqs:eu-central-1:123456789012:jobs.fifo";

    fn one_event(message: Message) -> Vec<u8> {
        let mut events = events(&[Arc::new(message)], ARN, "eu-central-1", 6 << 20);
        assert_eq!((events.len(), events[0].0), (1, 1));
        events.remove(0).1
    }

    #[test]
    fn a_record_has_every_field_and_attribute_that_aws_documents() {
        use MessageSystemAttributeName as Name;
        let text = MessageAttributeValue::builder().data_type("String").string_value("v").build().unwrap();
        let bytes =
            MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([255])).build();
        let attributes = [
            (Name::SenderId, "AIDAEXAMPLE"),
            (Name::SentTimestamp, "1520621625029"),
            (Name::ApproximateReceiveCount, "2"),
            (Name::ApproximateFirstReceiveTimestamp, "1520621634884"),
            (Name::MessageGroupId, "group"),
            (Name::MessageDeduplicationId, "once"),
            (Name::SequenceNumber, "18849496460467696128"),
            (Name::AwsTraceHeader, "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c"),
            (Name::DeadLetterQueueSourceArn, "arn:aws:sqs:eu-central-1:123456789012:source.fifo"),
        ];
        let mut message = Message::builder()
            .message_id("m1")
            .receipt_handle("r1")
            .body("{\"a\":1}")
            .md5_of_body("md5")
            .md5_of_message_attributes("md5 of attributes")
            .message_attributes("t", text)
            .message_attributes("b", bytes.unwrap());
        for (name, value) in &attributes {
            message = message.attributes(name.clone(), *value);
        }
        let json = one_event(message.build());
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let named: serde_json::Map<_, _> =
            attributes.iter().map(|(name, value)| (name.to_string(), (*value).into())).collect();
        assert!(named.contains_key("AWSTraceHeader") && named.len() == 9);
        let expected = serde_json::json!({"Records": [{
            "messageId": "m1", "receiptHandle": "r1", "body": "{\"a\":1}",
            "attributes": named,
            "messageAttributes": {
                "b": {"binaryValue": "/w==", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
                "t": {"stringValue": "v", "stringListValues": [], "binaryListValues": [], "dataType": "String"}
            },
            "md5OfBody": "md5", "md5OfMessageAttributes": "md5 of attributes",
            "eventSource": "aws:sqs", "eventSourceARN": ARN, "awsRegion": "eu-central-1"
        }]});
        assert_eq!(value, expected);
    }

    /// The facts of the crate's sample of an SQS event, list values aside, which SQS does not have.
    #[test]
    fn the_events_crate_reads_back_what_was_received() {
        let number =
            MessageAttributeValue::builder().data_type("Number").string_value("123").build().unwrap();
        let message = Message::builder()
            .message_id("MessageID_1")
            .receipt_handle("MessageReceiptHandle")
            .body("Message Body")
            .md5_of_body("fce0ea8dd236ccb3ed9b37dae260836f")
            .attributes(MessageSystemAttributeName::SentTimestamp, "1520621625029")
            .message_attributes("Attribute2", number)
            .build();
        let read: SqsEvent = serde_json::from_slice(&one_event(message)).unwrap();
        let record = &read.records[0];
        assert_eq!(record.message_id.as_deref(), Some("MessageID_1"));
        assert_eq!(record.receipt_handle.as_deref(), Some("MessageReceiptHandle"));
        assert_eq!(record.body.as_deref(), Some("Message Body"));
        assert_eq!(record.md5_of_body.as_deref(), Some("fce0ea8dd236ccb3ed9b37dae260836f"));
        assert_eq!(record.attributes["SentTimestamp"], "1520621625029");
        let number = &record.message_attributes["Attribute2"];
        assert_eq!(
            (number.string_value.as_deref(), number.data_type.as_deref()),
            (Some("123"), Some("Number"))
        );
        assert_eq!(record.event_source_arn.as_deref(), Some(ARN));
        assert_eq!(
            (record.event_source.as_deref(), record.aws_region.as_deref()),
            (Some("aws:sqs"), Some("eu-central-1"))
        );
    }

    #[test]
    fn a_batch_larger_than_a_payload_may_be_becomes_several_events() {
        let message = |size| Arc::new(Message::builder().message_id("m").body("x".repeat(size)).build());
        let messages = [message(400), message(400), message(3_000), message(400), message(400)];
        let events = events(&messages, ARN, "eu-central-1", 1_500);
        let counts: Vec<_> = events.iter().map(|(count, _)| *count).collect();
        assert_eq!(counts, [2, 1, 2]);
        for (count, event) in &events {
            assert!(*count == 1 || event.len() <= 1_500);
            assert_eq!(serde_json::from_slice::<SqsEvent>(event).unwrap().records.len(), *count);
        }
        assert!(super::events(&[], ARN, "eu-central-1", 1_500).is_empty());
    }

    #[test]
    fn the_arn_follows_from_the_url() {
        let url = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs.fifo";
        assert_eq!(queue_arn(url, "eu-central-1"), ARN);
    }
}
