//! Secrets of events and answers are hidden until somebody asks for them: credentials in headers and cookies, and
//! fields whose name says that they are secret.

use serde_json::{Map, Value};

/// What stands in a secret's place.
pub(super) const HIDDEN: &str = "[hidden]";

const HEADERS: [&str; 5] = ["authorization", "cookie", "set-cookie", "x-api-key", "proxy-authorization"];
const SECRET_PARTS: [&str; 6] = ["password", "passwd", "secret", "api_key", "apikey", "token"];

/// A copy without secrets.
pub(super) fn hide(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(k, v)| (k.clone(), field(k, v))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(hide).collect()),
        other => other.clone(),
    }
}

fn field(name: &str, value: &Value) -> Value {
    let lower = name.to_ascii_lowercase();
    match value {
        Value::Array(cookies) if lower == "cookies" => cookies.iter().map(|_| Value::from(HIDDEN)).collect(),
        Value::String(_) if is_secret(&lower) => HIDDEN.into(),
        Value::Array(all) if is_secret(&lower) => all.iter().map(|_| Value::from(HIDDEN)).collect(),
        Value::String(text) if lower == "body" => Value::from(body(text)),
        other => hide(other),
    }
}

fn is_secret(lower: &str) -> bool {
    HEADERS.contains(&lower) || SECRET_PARTS.iter().any(|part| lower.contains(part))
}

/// A body of JSON, or of a form.
pub(super) fn body(text: &str) -> String {
    if let Ok(value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str::<Value>(text) {
        let hidden = hide(&value);
        return if hidden == value { text.to_owned() } else { hidden.to_string() };
    }
    if !text.contains('=') || text.contains([' ', '<', '\n']) {
        return text.to_owned();
    }
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(&name.to_ascii_lowercase()) => format!("{name}={HIDDEN}"),
        _ => pair.to_owned(),
    };
    text.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// Puts secrets back where an edited copy still has [`HIDDEN`] in their place.
pub(super) fn restore(edited: Value, original: &Value) -> Value {
    match (edited, original) {
        (Value::Object(fields), Value::Object(before)) => {
            let put_back = |(name, value): (String, Value)| match before.get(&name) {
                Some(original) => (name, restore(value, original)),
                None => (name, value),
            };
            Value::Object(fields.into_iter().map(put_back).collect::<Map<_, _>>())
        }
        (Value::Array(items), Value::Array(before)) => {
            let nothing = Value::Null;
            let pairs = items.into_iter().enumerate();
            pairs.map(|(at, item)| restore(item, before.get(at).unwrap_or(&nothing))).collect()
        }
        (Value::String(text), Value::String(before)) if text == HIDDEN => Value::from(before.as_str()),
        (Value::String(text), Value::String(before)) if text.contains(HIDDEN) => {
            Value::from(restore_body(&text, before))
        }
        (other, _) => other,
    }
}

fn restore_body(edited: &str, original: &str) -> String {
    if let (Ok(edited), Ok(original)) =
        (serde_json::from_str(edited), serde_json::from_str::<Value>(original))
    {
        return restore(edited, &original).to_string();
    }
    let known =
        |name: &str| original.split('&').filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name);
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, HIDDEN)) => known(name).map_or(pair.to_owned(), |(_, value)| format!("{name}={value}")),
        _ => pair.to_owned(),
    };
    edited.split('&').map(pair).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "headers": { "Authorization": "Bearer k", "accept": "*/*", "cookie": "s=1" },
            "multiValueHeaders": { "Cookie": ["s=1", "t=2"] },
            "cookies": ["s=1"],
            "body": "email=a%40b.example&password=hunter2&next=%2F",
            "nested": [{ "apiKey": "k", "n": 1 }],
        })
    }

    #[test]
    fn credentials_are_hidden_and_the_rest_is_not() {
        let hidden = hide(&event()).to_string();
        for secret in ["Bearer", "s=1", "t=2", "hunter2", "\"k\""] {
            assert!(!hidden.contains(secret), "{secret} in {hidden}");
        }
        for rest in ["*/*", "email=a%40b.example", "next=%2F", "\"n\":1"] {
            assert!(hidden.contains(rest), "{rest} not in {hidden}");
        }
    }

    #[test]
    fn what_stayed_hidden_in_an_edited_event_is_put_back() {
        let mut edited = hide(&event());
        edited["headers"]["accept"] = "text/html".into();
        let restored = restore(edited, &event());
        let mut expected = event();
        expected["headers"]["accept"] = "text/html".into();
        assert_eq!(restored, expected);
    }

    #[test]
    fn json_bodies_are_hidden_and_put_back_as_well() {
        let original = json!({ "body": r#"{"password":"p","a":1}"# });
        let hidden = hide(&original);
        assert_eq!(hidden["body"], r#"{"a":1,"password":"[hidden]"}"#);
        let restored: Value =
            serde_json::from_str(restore(hidden, &original)["body"].as_str().unwrap()).unwrap();
        assert_eq!(restored, json!({ "a": 1, "password": "p" }));
    }

    #[test]
    fn prose_and_pages_are_no_forms() {
        for text in ["<a href=\"?token=1\">", "a = b", "one\npassword=2"] {
            assert_eq!(body(text), text);
        }
    }
}
