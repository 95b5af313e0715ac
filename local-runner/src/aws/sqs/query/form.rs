//! Forms of the query protocol as JSON: `Attribute.1.Name=a&Attribute.1.Value=b` becomes `{"Attributes":{"a":"b"}}`.

use std::collections::BTreeMap;

use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use super::super::error::SqsError;

/// A form's fields, by the parts of their names between dots.
#[derive(Debug, Default)]
pub(super) struct Form {
    text: Option<String>,
    /// By number where the part is one, so that the tenth follows the ninth.
    parts: BTreeMap<(u32, String), Form>,
}

/// Lists: the part's name in a form, and the member's name in JSON.
const LISTS: [(&str, &str); 7] = [
    ("AttributeName", "AttributeNames"),
    ("MessageAttributeName", "MessageAttributeNames"),
    ("MessageSystemAttributeName", "MessageSystemAttributeNames"),
    ("TagKey", "TagKeys"),
    ("AWSAccountId", "AWSAccountIds"),
    ("ActionName", "Actions"),
    ("Entry", "Entries"),
];

/// Maps: the part's name in a form, the names of a pair's two parts, and the member's name in JSON.
const MAPS: [(&str, &str, &str, &str); 4] = [
    ("Attribute", "Name", "Value", "Attributes"),
    ("MessageAttribute", "Name", "Value", "MessageAttributes"),
    ("MessageSystemAttribute", "Name", "Value", "MessageSystemAttributes"),
    ("Tag", "Key", "Value", "Tags"),
];

const NUMBERS: [&str; 6] = [
    "DelaySeconds",
    "MaxNumberOfMessages",
    "MaxNumberOfMessagesPerSecond",
    "MaxResults",
    "VisibilityTimeout",
    "WaitTimeSeconds",
];

impl Form {
    /// Reads `application/x-www-form-urlencoded`. Bytes that are not UTF-8 become replacement characters.
    pub(super) fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default());
            form.set(&name, decode(halves.next().unwrap_or_default()));
        }
        form
    }

    fn set(&mut self, name: &str, text: String) {
        let mut form = self;
        for part in name.split('.') {
            form = form.parts.entry(key(part)).or_default();
        }
        form.text = Some(text);
    }

    /// The field `name`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.parts.get(&key(name))?.text.as_deref()
    }

    /// The request of `action`, whose queue may be told by the `path` that the form was posted to.
    pub(super) fn to_json(&self, action: &str, path: &str) -> Result<Value, SqsError> {
        let mut request = self.members(action)?;
        if !request.contains_key("QueueUrl") && path != "/" {
            request.insert("QueueUrl".into(), path.into());
        }
        Ok(Value::Object(request))
    }

    fn members(&self, action: &str) -> Result<Map<String, Value>, SqsError> {
        let mut members = Map::new();
        for ((_, name), part) in &self.parts {
            let entry = name.strip_prefix(action).is_some_and(|rest| rest == "RequestEntry");
            let name = if entry { "Entry" } else { name.as_str() };
            let list = LISTS.iter().find(|(form, _)| *form == name);
            let map = MAPS.iter().find(|(form, ..)| *form == name);
            match (&part.text, list, map) {
                (Some(text), None, None) => drop(members.insert(name.into(), scalar(name, text)?)),
                (_, Some((_, json)), _) => {
                    let items = part.parts.values().map(|item| item.value(action));
                    members.insert((*json).into(), items.collect::<Result<_, _>>()?);
                }
                (_, _, Some((_, key, value, json))) => {
                    members.insert((*json).into(), part.map(action, key, value)?);
                }
                // What nobody knows, such as the fields of old signatures.
                (None, None, None) => {}
            }
        }
        Ok(members)
    }

    fn value(&self, action: &str) -> Result<Value, SqsError> {
        match &self.text {
            Some(text) => Ok(text.as_str().into()),
            None => self.members(action).map(Value::Object),
        }
    }

    fn map(&self, action: &str, name: &str, value: &str) -> Result<Value, SqsError> {
        let pairs = self.parts.values().map(|pair| {
            let value = pair.parts.get(&key(value)).map(|value| value.value(action)).transpose()?;
            let name = pair.text(name).ok_or(SqsError::MissingParameter("Name"))?;
            Ok((name.to_owned(), value.unwrap_or_else(|| "".into())))
        });
        pairs.collect::<Result<Map<_, _>, _>>().map(Value::Object)
    }
}

fn key(part: &str) -> (u32, String) {
    (part.parse().unwrap_or(0), part.to_owned())
}

fn scalar(name: &str, text: &str) -> Result<Value, SqsError> {
    if !NUMBERS.contains(&name) {
        return Ok(text.into());
    }
    let invalid = |_| {
        SqsError::InvalidParameterValue(format!(
            "Value {text} for parameter {name} is invalid. Reason: Must be an integer."
        ))
    };
    text.parse::<i64>().map(Value::from).map_err(invalid)
}

fn decode(bytes: &[u8]) -> String {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_maps_and_numbers_become_those_of_json() {
        let form = "Action=SendMessageBatch&SendMessageBatchRequestEntry.2.Id=b&\
                    SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.DelaySeconds=5&\
                    SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n&\
                    SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String&\
                    SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=x%20y%2Bz+";
        let json = Form::read(form.as_bytes()).to_json("SendMessageBatch", "/1/q").unwrap();
        assert_eq!(
            json,
            json!({
                "Action": "SendMessageBatch", "QueueUrl": "/1/q",
                "Entries": [
                    { "Id": "a", "DelaySeconds": 5, "MessageAttributes": {
                        "n": { "DataType": "String", "StringValue": "x y+z " } } },
                    { "Id": "b" },
                ],
            })
        );
    }

    #[test]
    fn the_tenth_item_of_a_list_follows_the_ninth() {
        let form = (1..=10).rev().map(|n| format!("AttributeName.{n}={n}")).collect::<Vec<_>>().join("&");
        let json = Form::read(form.as_bytes()).to_json("GetQueueAttributes", "/").unwrap();
        assert_eq!(json["AttributeNames"][9], "10");
        assert_eq!(json["AttributeNames"][1], "2");
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        let outcome = Form::read(b"WaitTimeSeconds=long").to_json("ReceiveMessage", "/");
        assert!(matches!(outcome, Err(SqsError::InvalidParameterValue(_))));
    }
}
