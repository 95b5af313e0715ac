//! An HTTP request as an API Gateway HTTP API event, payload format 2.0.

use std::{borrow::Cow, collections::BTreeMap, net::IpAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, header, request::Parts};
use percent_encoding::percent_decode_str;
use serde::Serialize;

/// What is known about a request besides itself.
#[derive(Debug)]
pub(crate) struct Circumstances<'a> {
    /// `GET /customers/{id}`.
    pub(crate) route_key: &'a str,
    /// Percent-decoded.
    pub(crate) path_parameters: &'a [(String, String)],
    /// Without port.
    pub(crate) host: &'a str,
    /// The caller's.
    pub(crate) source_ip: IpAddr,
    /// Named in the request's context.
    pub(crate) request_id: &'a str,
    /// Named in the request's context.
    pub(crate) account_id: &'a str,
    /// When the request arrived.
    pub(crate) time: DateTime<Utc>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<Cow<'a, str>>,
    headers: BTreeMap<&'a str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'static str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: IpAddr,
    user_agent: Cow<'a, str>,
}

/// The event of a request. Its headers are taken as they are: what a proxy adds must have been added.
pub(crate) fn event(request: &Parts, body: &Bytes, about: &Circumstances<'_>) -> Vec<u8> {
    let query = request.uri.query().unwrap_or_default();
    let (body, is_base64_encoded) = encode_body(body);
    let event = Event {
        version: "2.0",
        route_key: about.route_key,
        raw_path: request.uri.path(),
        raw_query_string: query,
        cookies: cookies(&request.headers),
        headers: headers(&request.headers),
        query_string_parameters: query_parameters(query),
        request_context: context(request, about),
        path_parameters: about.path_parameters.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect(),
        body,
        is_base64_encoded,
    };
    serde_json::to_vec(&event).expect("maps with string keys always serialize")
}

fn context<'a>(request: &'a Parts, about: &Circumstances<'a>) -> RequestContext<'a> {
    RequestContext {
        account_id: about.account_id,
        api_id: "adapter",
        domain_name: about.host,
        domain_prefix: about.host.split('.').next().unwrap_or_default(),
        http: Http {
            method: request.method.as_str(),
            path: request.uri.path(),
            protocol: protocol(request.version),
            source_ip: about.source_ip,
            user_agent: request.headers.get(header::USER_AGENT).map_or(Cow::Borrowed(""), text),
        },
        request_id: about.request_id,
        route_key: about.route_key,
        stage: "$default",
        time: about.time.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        time_epoch: about.time.timestamp_millis(),
    }
}

fn protocol(version: http::Version) -> &'static str {
    match version {
        http::Version::HTTP_10 => "HTTP/1.0",
        http::Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    }
}

/// Text as it is; base64 only for what JSON cannot carry.
pub(super) fn encode_body(body: &Bytes) -> (Option<Cow<'_, str>>, bool) {
    match std::str::from_utf8(body) {
        Ok("") => (None, false),
        Ok(text) => (Some(Cow::Borrowed(text)), false),
        Err(_) => (Some(Cow::Owned(STANDARD.encode(body))), true),
    }
}

/// Cookies have a field of their own. Joined with `; ` they are the bytes that were sent.
fn cookies(headers: &HeaderMap) -> Vec<Cow<'_, str>> {
    let split = |value: Cow<'_, str>| value.split("; ").map(|c| Cow::Owned(c.to_owned())).collect::<Vec<_>>();
    headers.get_all(header::COOKIE).iter().flat_map(|value| split(text(value))).collect()
}

fn headers(headers: &HeaderMap) -> BTreeMap<&str, Cow<'_, str>> {
    let join = |name: &HeaderName| {
        let mut values = headers.get_all(name).iter().map(text);
        let first = values.next().unwrap_or_default();
        values.fold(first, |all, next| Cow::Owned(format!("{all},{next}")))
    };
    headers.keys().filter(|name| *name != header::COOKIE).map(|name| (name.as_str(), join(name))).collect()
}

/// A value that is not UTF-8 is read as Latin-1, which HTTP once said it was.
pub(super) fn text(value: &http::HeaderValue) -> Cow<'_, str> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(value.as_bytes().iter().copied().map(char::from).collect()),
    }
}

/// Decoded, repeated ones joined by commas, as API Gateway does. Handlers that care read the raw query.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = form_decoded(value);
        parameters
            .entry(form_decoded(name))
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert(value);
    }
    parameters
}

fn form_decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event_of(request: http::Request<&'static [u8]>) -> Value {
        let (parts, body) = request.into_parts();
        let about = Circumstances {
            route_key: "ANY /c/{id}",
            path_parameters: &[("id".into(), "7".into())],
            host: "app.localhost",
            source_ip: [1, 2, 3, 4].into(),
            request_id: "r-1",
            account_id: "123456789012",
            time: DateTime::from_timestamp_millis(1_587_481_701_067).unwrap(),
        };
        serde_json::from_slice(&event(&parts, &Bytes::from_static(body), &about)).unwrap()
    }

    #[test]
    fn an_event_has_every_field_that_aws_documents() {
        let request = http::Request::post("/c/%37?a=1&a=2&b=x%20y+z")
            .header("host", "app.localhost:3000")
            .header("cookie", "s=1; t=2")
            .header("x-many", "1")
            .header("x-many", "2")
            .header("user-agent", "curl/8")
            .body(&b"{\"a\":1}"[..])
            .unwrap();
        let expected = json!({
            "version": "2.0", "routeKey": "ANY /c/{id}", "rawPath": "/c/%37", "rawQueryString": "a=1&a=2&b=x%20y+z",
            "cookies": ["s=1", "t=2"],
            "headers": {"host": "app.localhost:3000", "user-agent": "curl/8", "x-many": "1,2"},
            "queryStringParameters": {"a": "1,2", "b": "x y z"},
            "requestContext": {
                "accountId": "123456789012", "apiId": "adapter", "domainName": "app.localhost", "domainPrefix": "app",
                "http": {"method": "POST", "path": "/c/%37", "protocol": "HTTP/1.1", "sourceIp": "1.2.3.4",
                         "userAgent": "curl/8"},
                "requestId": "r-1", "routeKey": "ANY /c/{id}", "stage": "$default",
                "time": "21/Apr/2020:15:08:21 +0000", "timeEpoch": 1_587_481_701_067_i64
            },
            "pathParameters": {"id": "7"}, "body": "{\"a\":1}", "isBase64Encoded": false
        });
        assert_eq!(event_of(request), expected);
    }

    #[test]
    fn only_a_body_that_is_not_text_is_base64() {
        let binary = event_of(http::Request::post("/").body(&[0xff, 0x00][..]).unwrap());
        assert_eq!((&binary["body"], &binary["isBase64Encoded"]), (&json!("/wA="), &json!(true)));
        let nothing = event_of(http::Request::get("/").body(&[][..]).unwrap());
        assert_eq!((nothing.get("body"), nothing.get("cookies")), (None, None));
    }
}
