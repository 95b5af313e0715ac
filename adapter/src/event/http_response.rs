//! A function's answer as an HTTP response: each format's own rules, the shorthand of payload format 2.0, and
//! the prelude of a streaming answer.

mod answer;

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::manifest::EventFormat;
use answer::{Answer, Fields, Node};

/// Content type under which a runtime posts a streaming answer: a JSON prelude, eight zero bytes, the body.
pub const STREAMING: &str = "application/vnd.awslambda.http-integration-response";

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

/// What the adapter adds to most responses.
const ROOM_FOR_MORE_HEADERS: usize = 4;

/// Why an answer is no HTTP response.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[error("the function's answer is no HTTP response: {0}")]
pub struct InvalidResponse(String);

impl InvalidResponse {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

fn invalid(message: impl Into<String>) -> InvalidResponse {
    InvalidResponse::new(message)
}

/// Reads what the function posted in answer to an event of this format.
///
/// # Errors
/// When it is not what "Working with AWS Lambda proxy integrations for HTTP APIs" (API Gateway Developer Guide)
/// or its counterpart for the format describes; the error names the field.
pub fn parse(payload: &Bytes, format: EventFormat) -> Result<Response<Bytes>, InvalidResponse> {
    let fields = match read(payload)? {
        Answer::Object(fields) if fields.status.is_some() => fields,
        _ if format != EventFormat::HttpApi => return Err(invalid("`statusCode` is missing")),
        Answer::Text(text) => return Ok(shorthand(bytes(payload, text))),
        Answer::Object(_) | Answer::Other => return Ok(shorthand(payload.clone())),
    };
    let mut response = head(&fields, Carries::of(format))?;
    *response.body_mut() = body(payload, fields.body, &fields.is_base64)?;
    Ok(response)
}

/// Status and headers of a streaming answer: what was posted before the eight zero bytes.
///
/// # Errors
/// When it is not JSON or one of its fields cannot be in a response.
pub fn prelude(json: &Bytes) -> Result<Response<()>, InvalidResponse> {
    match read(json)? {
        Answer::Object(mut fields) => {
            fields.status.get_or_insert(Node::Number(200.into()));
            Ok(head(&fields, Carries::EVERYTHING)?.map(drop))
        }
        Answer::Text(_) | Answer::Other => Err(invalid("the prelude is not an object")),
    }
}

/// In which fields answers of a format carry headers. What AWS ignores is ignored here too, so that a function
/// that works here works there.
#[derive(Clone, Copy)]
struct Carries {
    headers: bool,
    lists: bool,
    cookies: bool,
    /// Runtimes write repeated headers of a streaming answer's prelude as a list.
    lists_in_headers: bool,
}

impl Carries {
    const EVERYTHING: Self = Self { headers: true, lists: true, cookies: true, lists_in_headers: true };

    fn of(format: EventFormat) -> Self {
        let (headers, lists, cookies) = match format {
            EventFormat::HttpApi => (true, false, true),
            EventFormat::RestApi => (true, true, false),
            EventFormat::Alb => (false, true, false),
            EventFormat::AlbSingleValue => (true, false, false),
        };
        Self { headers, lists, cookies, lists_in_headers: false }
    }
}

fn read(payload: &Bytes) -> Result<Answer<'_>, InvalidResponse> {
    let text = std::str::from_utf8(payload).map_err(|e| invalid(format!("not UTF-8: {e}")))?;
    serde_json::from_str(text).map_err(|e| invalid(format!("not JSON: {e}")))
}

/// "If your Lambda function returns valid JSON and doesn't return a `statusCode`, API Gateway assumes": 200,
/// JSON, and the answer as the body; a string without its quotes.
fn shorthand(body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// Without a copy where the text stands in the payload as it is.
fn bytes(payload: &Bytes, text: Cow<'_, str>) -> Bytes {
    match text {
        Cow::Borrowed(text) => payload.slice_ref(text.as_bytes()),
        Cow::Owned(text) => Bytes::from(text),
    }
}

fn body(payload: &Bytes, body: Node<'_>, is_base64: &Node<'_>) -> Result<Bytes, InvalidResponse> {
    let text = match body {
        Node::Null => return Ok(Bytes::new()),
        Node::Text(text) => text,
        _ => return Err(invalid("`body` is not a string")),
    };
    match is_base64 {
        Node::Bool(true) => STANDARD
            .decode(&*text)
            .map(Bytes::from)
            .map_err(|e| invalid(format!("`body` is not base64: {e}"))),
        Node::Null | Node::Bool(false) => Ok(bytes(payload, text)),
        _ => Err(invalid("`isBase64Encoded` is not a boolean")),
    }
}

/// A response without its body.
fn head(fields: &Fields<'_>, carries: Carries) -> Result<Response<Bytes>, InvalidResponse> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status(fields.status.as_ref().unwrap_or(&Node::Null))?;
    let single = if carries.headers { object(&fields.headers, "headers")? } else { &[] };
    let lists = if carries.lists { object(&fields.multi_value_headers, "multiValueHeaders")? } else { &[] };
    let mut headers = HeaderMap::with_capacity(single.len() + lists.len() + ROOM_FOR_MORE_HEADERS);
    for (name, value) in single {
        match value {
            Node::List(values) if carries.lists_in_headers => append_all(&mut headers, name, values)?,
            value => {
                if let Some(text) = value.scalar() {
                    headers.insert(header_name(name)?, header_value(name, &text)?);
                }
            }
        }
    }
    for (name, values) in lists {
        let Node::List(values) = values else {
            return Err(invalid(format!("multiValueHeaders.{name} is not a list")));
        };
        append_all(&mut headers, name, values)?;
    }
    if carries.cookies {
        add_cookies(&mut headers, &fields.cookies)?;
    }
    for name in &NOT_FORWARDED {
        headers.remove(name);
    }
    *response.headers_mut() = headers;
    Ok(response)
}

/// In place of what was said before.
fn append_all(headers: &mut HeaderMap, name: &str, values: &[Node<'_>]) -> Result<(), InvalidResponse> {
    let key = header_name(name)?;
    headers.remove(&key);
    for text in values.iter().filter_map(Node::scalar) {
        headers.append(key.clone(), header_value(name, &text)?);
    }
    Ok(())
}

fn add_cookies(headers: &mut HeaderMap, cookies: &Node<'_>) -> Result<(), InvalidResponse> {
    match cookies {
        Node::Null => Ok(()),
        Node::List(cookies) => cookies.iter().try_for_each(|cookie| {
            let Node::Text(text) = cookie else { return Err(invalid("a cookie is not a string")) };
            headers.append(header::SET_COOKIE, header_value("set-cookie", text)?);
            Ok(())
        }),
        _ => Err(invalid("`cookies` is not a list")),
    }
}

/// 1xx cannot be a final answer; what is not three digits is no status.
fn status(value: &Node<'_>) -> Result<StatusCode, InvalidResponse> {
    let number = match value {
        Node::Number(number) => number.as_u64(),
        Node::Text(text) => text.parse().ok(),
        _ => None,
    };
    number
        .and_then(|n| u16::try_from(n).ok())
        .and_then(|n| StatusCode::from_u16(n).ok())
        .filter(|status| (200..=599).contains(&status.as_u16()))
        .ok_or_else(|| {
            invalid(format!("`statusCode` is {}", value.scalar().unwrap_or("not a number".into())))
        })
}

fn object<'n, 'a>(node: &'n Node<'a>, name: &str) -> Result<&'n [(Cow<'a, str>, Node<'a>)], InvalidResponse> {
    match node {
        Node::Null => Ok(&[]),
        Node::Object(fields) => Ok(fields),
        _ => Err(invalid(format!("`{name}` is not an object"))),
    }
}

fn header_name(name: &str) -> Result<HeaderName, InvalidResponse> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid(format!("`{name}` is no header name")))
}

fn header_value(name: &str, text: &str) -> Result<HeaderValue, InvalidResponse> {
    HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| invalid(format!("the value of `{name}` is no header value")))
}

#[cfg(test)]
mod tests;
