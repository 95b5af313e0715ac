//! Answers and errors of the query protocol.

use serde_json::{Map, Value};

use super::super::super::answer::AwsError;
use super::super::error::SqsError;

const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";

/// Maps: the member's name in JSON, the element's, and those of a pair's two halves.
const MAPS: [(&str, &str, &str, &str); 3] = [
    ("Attributes", "Attribute", "Name", "Value"),
    ("MessageAttributes", "MessageAttribute", "Name", "Value"),
    ("Tags", "Tag", "Key", "Value"),
];

/// Lists: the member's name in JSON and an item's element.
const LISTS: [(&str, &str); 4] = [
    ("Messages", "Message"),
    ("QueueUrls", "QueueUrl"),
    ("queueUrls", "QueueUrl"),
    ("Failed", "BatchResultErrorEntry"),
];

/// The answer to `action`.
pub(super) fn answer(action: &str, answer: &Value, request_id: &str) -> String {
    let mut xml = format!(r#"<?xml version="1.0"?><{action}Response xmlns="{NAMESPACE}">"#);
    if let Value::Object(members) = answer
        && !members.is_empty()
    {
        element(&mut xml, &format!("{action}Result"), |xml| write_members(xml, action, members));
    } else if has_result(action) {
        element(&mut xml, &format!("{action}Result"), |_| {});
    }
    element(&mut xml, "ResponseMetadata", |xml| text(xml, "RequestId", request_id));
    xml.push_str(&format!("</{action}Response>"));
    xml
}

/// Actions whose answer has a result even when there is nothing in it.
fn has_result(action: &str) -> bool {
    action.starts_with("List") || action.starts_with("Get") || action == "ReceiveMessage"
}

/// An error of SQS.
pub(super) fn error(error: &SqsError, request_id: &str) -> String {
    let fault = if error.is_senders_fault() { "Sender" } else { "Receiver" };
    error_of(fault, error.codes().1, &error.message(), request_id)
}

/// An error before any service was asked.
pub(super) fn other_error(error: &AwsError) -> String {
    error_of("Sender", "InvalidAction", error.message(), "00000000-0000-0000-0000-000000000000")
}

fn error_of(fault: &str, code: &str, message: &str, request_id: &str) -> String {
    let mut xml = format!(r#"<?xml version="1.0"?><ErrorResponse xmlns="{NAMESPACE}">"#);
    element(&mut xml, "Error", |xml| {
        text(xml, "Type", fault);
        text(xml, "Code", code);
        text(xml, "Message", message);
        xml.push_str("<Detail/>");
    });
    text(&mut xml, "RequestId", request_id);
    xml.push_str("</ErrorResponse>");
    xml
}

fn write_members(xml: &mut String, action: &str, members: &Map<String, Value>) {
    for (name, value) in members {
        match value {
            Value::Array(items) => {
                let known = LISTS.iter().find(|(list, _)| list == name).map(|(_, item)| (*item).to_owned());
                // Successes of a batch, and tasks.
                let item = known.unwrap_or_else(|| format!("{action}ResultEntry"));
                items.iter().for_each(|value| write_value(xml, action, &item, value));
            }
            Value::Object(pairs) => match MAPS.iter().find(|(map, ..)| map == name) {
                Some((_, pair, key, half)) => {
                    for (name, value) in pairs {
                        element(xml, pair, |xml| {
                            text(xml, key, name);
                            write_value(xml, action, half, value);
                        });
                    }
                }
                None => write_value(xml, action, name, value),
            },
            _ => write_value(xml, action, name, value),
        }
    }
}

fn write_value(xml: &mut String, action: &str, name: &str, value: &Value) {
    match value {
        Value::Object(members) => element(xml, name, |xml| write_members(xml, action, members)),
        Value::String(content) => text(xml, name, content),
        Value::Null => {}
        other => text(xml, name, &other.to_string()),
    }
}

fn element(xml: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    content(xml);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

fn text(xml: &mut String, name: &str, content: &str) {
    element(xml, name, |xml| {
        for character in content.chars() {
            match character {
                '&' => xml.push_str("&amp;"),
                '<' => xml.push_str("&lt;"),
                '>' => xml.push_str("&gt;"),
                '"' => xml.push_str("&quot;"),
                // A parser would turn it into a line feed.
                '\r' => xml.push_str("&#xD;"),
                other => xml.push(other),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_and_their_attributes_have_the_elements_of_the_api_reference() {
        let received = json!({ "Messages": [{
            "MessageId": "1", "Body": "a<&>\r", "Attributes": { "SenderId": "0" },
            "MessageAttributes": { "n": { "DataType": "String", "StringValue": "v" } },
        }] });
        let xml = answer("ReceiveMessage", &received, "id");
        assert_eq!(
            xml,
            "<?xml version=\"1.0\"?><ReceiveMessageResponse \
             xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ReceiveMessageResult><Message>\
             <Attribute><Name>SenderId</Name><Value>0</Value></Attribute><Body>a&lt;&amp;&gt;&#xD;</Body>\
             <MessageAttribute><Name>n</Name><Value><DataType>String</DataType><StringValue>v</StringValue></Value>\
             </MessageAttribute><MessageId>1</MessageId></Message></ReceiveMessageResult>\
             <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ReceiveMessageResponse>"
        );
    }

    #[test]
    fn an_action_without_a_result_has_metadata_alone() {
        let xml = answer("DeleteMessage", &json!({}), "id");
        assert!(!xml.contains("Result") && xml.contains("<RequestId>id</RequestId>"), "{xml}");
    }
}
