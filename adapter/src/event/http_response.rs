//! A function's answer as an HTTP response: payload format 2.0, its shorthand, and buffered streaming answers.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value};

/// Content type under which a runtime posts a streaming answer: a JSON prelude, eight zero bytes, the body.
pub(crate) const STREAMING: &str = "application/vnd.awslambda.http-integration-response";

/// Headers that belong to one connection (RFC 9110, 7.6.1), and the length, which is computed.
const NOT_FORWARDED: [HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// Why an answer is no HTTP response.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[error("the function's answer is no HTTP response: {0}")]
pub(crate) struct InvalidResponse(String);

fn invalid(message: impl Into<String>) -> InvalidResponse {
    InvalidResponse(message.into())
}

/// Reads what the function posted.
pub(crate) fn parse(payload: &Bytes, content_type: Option<&str>) -> Result<Response<Bytes>, InvalidResponse> {
    if content_type.is_some_and(|t| t.eq_ignore_ascii_case(STREAMING)) {
        return parse_streamed(payload);
    }
    let value: Value = serde_json::from_slice(payload).map_err(|e| invalid(format!("not JSON: {e}")))?;
    match value {
        Value::Object(fields) if fields.contains_key("statusCode") => {
            let body = body(&fields)?;
            build(&fields, body)
        }
        other => shorthand(other, payload),
    }
}

/// "If your Lambda function returns valid JSON and doesn't return a `statusCode`, API Gateway assumes": 200,
/// JSON, and the answer as the body; a string without its quotes.
fn shorthand(value: Value, payload: &Bytes) -> Result<Response<Bytes>, InvalidResponse> {
    let body = match value {
        Value::String(text) => Bytes::from(text),
        _ => payload.clone(),
    };
    let fields = Map::from_iter([
        ("statusCode".to_owned(), Value::from(200)),
        ("headers".to_owned(), serde_json::json!({ "content-type": "application/json" })),
    ]);
    build(&fields, body)
}

fn parse_streamed(payload: &Bytes) -> Result<Response<Bytes>, InvalidResponse> {
    let end = payload.windows(8).position(|w| w == [0; 8]).ok_or_else(|| invalid("no prelude"))?;
    let fields: Map<String, Value> =
        serde_json::from_slice(&payload[..end]).map_err(|e| invalid(format!("prelude: {e}")))?;
    build(&fields, payload.slice(end + 8..))
}

fn body(fields: &Map<String, Value>) -> Result<Bytes, InvalidResponse> {
    let text = match fields.get("body") {
        None | Some(Value::Null) => return Ok(Bytes::new()),
        Some(Value::String(text)) => text,
        Some(_) => return Err(invalid("`body` is not a string")),
    };
    match fields.get("isBase64Encoded") {
        Some(Value::Bool(true)) => {
            STANDARD.decode(text).map(Bytes::from).map_err(|e| invalid(format!("`body` is not base64: {e}")))
        }
        None | Some(Value::Bool(false) | Value::Null) => Ok(Bytes::copy_from_slice(text.as_bytes())),
        Some(_) => Err(invalid("`isBase64Encoded` is not a boolean")),
    }
}

fn build(fields: &Map<String, Value>, body: Bytes) -> Result<Response<Bytes>, InvalidResponse> {
    let mut response = Response::new(body);
    *response.status_mut() = status(fields.get("statusCode"))?;
    let headers = response.headers_mut();
    for (name, value) in object(fields, "headers")? {
        if let Some(text) = scalar(value) {
            headers.insert(header_name(name)?, header_value(name, &text)?);
        }
    }
    for (name, values) in object(fields, "multiValueHeaders")? {
        let name = header_name(name)?;
        let Value::Array(values) = values else {
            return Err(invalid(format!("multiValueHeaders.{name} is not a list")));
        };
        headers.remove(&name);
        for text in values.iter().filter_map(scalar) {
            headers.append(name.clone(), header_value(name.as_str(), &text)?);
        }
    }
    add_cookies(headers, fields.get("cookies"))?;
    for name in &NOT_FORWARDED {
        headers.remove(name);
    }
    Ok(response)
}

fn add_cookies(headers: &mut HeaderMap, cookies: Option<&Value>) -> Result<(), InvalidResponse> {
    match cookies {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(cookies)) => cookies.iter().try_for_each(|cookie| {
            let text = cookie.as_str().ok_or_else(|| invalid("a cookie is not a string"))?;
            headers.append(header::SET_COOKIE, header_value("set-cookie", text)?);
            Ok(())
        }),
        Some(_) => Err(invalid("`cookies` is not a list")),
    }
}

/// 1xx cannot be a final answer; what is not three digits is no status.
fn status(value: Option<&Value>) -> Result<StatusCode, InvalidResponse> {
    let number = match value {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    number
        .and_then(|n| u16::try_from(n).ok())
        .and_then(|n| StatusCode::from_u16(n).ok())
        .filter(|status| (200..=599).contains(&status.as_u16()))
        .ok_or_else(|| invalid(format!("`statusCode` is {}", value.unwrap_or(&Value::Null))))
}

fn object<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
) -> Result<impl Iterator<Item = (&'a String, &'a Value)>, InvalidResponse> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None.into_iter().flatten()),
        Some(Value::Object(map)) => Ok(Some(map).into_iter().flatten()),
        Some(_) => Err(invalid(format!("`{name}` is not an object"))),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn header_name(name: &str) -> Result<HeaderName, InvalidResponse> {
    name.parse().map_err(|_| invalid(format!("`{name}` is no header name")))
}

fn header_value(name: &str, text: &str) -> Result<HeaderValue, InvalidResponse> {
    HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| invalid(format!("the value of `{name}` is no header value")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<Response<Bytes>, InvalidResponse> {
        parse(&Bytes::copy_from_slice(json.as_bytes()), Some("application/json"))
    }

    #[test]
    fn status_headers_cookies_and_body_become_a_response() {
        let response = parsed(
            r#"{"statusCode":201,"headers":{"X-A":"1","x-n":2,"x-null":null,"Connection":"close"},
                "multiValueHeaders":{"x-b":["1","2"]},"cookies":["a=1; Path=/","b=2"],"body":"hi"}"#,
        )
        .unwrap();
        let all = |name: &str| {
            response.headers().get_all(name).iter().map(|v| v.to_str().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(response.status(), 201);
        assert_eq!((all("x-a"), all("x-n")), (vec!["1"], vec!["2"]));
        assert_eq!((all("x-b"), all("set-cookie")), (vec!["1", "2"], vec!["a=1; Path=/", "b=2"]));
        assert!(response.headers().get("connection").is_none() && response.headers().get("x-null").is_none());
        assert_eq!(response.body(), "hi");
    }

    #[test]
    fn a_base64_body_is_decoded() {
        let response = parsed(r#"{"statusCode":"200","body":"/wA=","isBase64Encoded":true}"#).unwrap();
        assert_eq!(response.body(), &[0xff, 0][..]);
    }

    #[test]
    fn json_without_a_status_is_the_body_itself() {
        for (answer, body) in [
            (r#"{"message": "hi"}"#, r#"{"message": "hi"}"#),
            (r#""hi""#, "hi"),
            ("[1, 2]", "[1, 2]"),
            ("null", "null"),
        ] {
            let response = parsed(answer).unwrap();
            assert_eq!(response.body(), body);
            assert_eq!(response.headers()["content-type"], "application/json");
        }
    }

    #[test]
    fn a_streaming_answer_is_read_when_it_is_complete() {
        let payload = b"{\"statusCode\":202,\"headers\":{\"x-a\":\"1\"},\"cookies\":[]}\0\0\0\0\0\0\0\0a\0b";
        let response = parse(&Bytes::from_static(payload), Some(STREAMING)).unwrap();
        assert_eq!((response.status().as_u16(), &response.body()[..]), (202, &b"a\0b"[..]));
    }

    #[test]
    fn what_is_no_response_is_refused() {
        for answer in [
            "",
            "{",
            r#"{"statusCode":null}"#,
            r#"{"statusCode":99}"#,
            r#"{"statusCode":101}"#,
            r#"{"statusCode":70000}"#,
            r#"{"statusCode":200,"body":{}}"#,
            r#"{"statusCode":200,"body":"*","isBase64Encoded":true}"#,
            r#"{"statusCode":200,"headers":[]}"#,
            r#"{"statusCode":200,"headers":{"a b":"1"}}"#,
            r#"{"statusCode":200,"headers":{"a":"1\r\nx: y"}}"#,
            r#"{"statusCode":200,"cookies":"a=1"}"#,
            r#"{"statusCode":200,"multiValueHeaders":{"a":"b"}}"#,
        ] {
            assert!(parsed(answer).is_err(), "{answer}");
        }
    }
}
