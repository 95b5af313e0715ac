//! An HTTP request as an API Gateway HTTP API event: payload format 2.0 in "Working with AWS Lambda proxy
//! integrations for HTTP APIs" of the API Gateway Developer Guide.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use http::{header, request::Parts};

use super::{
    body::{self, Empty},
    headers,
    json::Json,
    query, request_time,
};

/// What is known about a request besides itself.
#[derive(Debug)]
pub struct Circumstances<'a> {
    /// `GET /customers/{id}`.
    pub route_key: &'a str,
    /// Percent-decoded.
    pub path_parameters: &'a [(String, String)],
    /// Without port.
    pub host: &'a str,
    /// The caller's.
    pub source_ip: IpAddr,
    /// Named in the request's context.
    pub request_id: &'a str,
    /// Named in the request's context.
    pub account_id: &'a str,
    /// When the request arrived.
    pub time: DateTime<Utc>,
}

/// What an event holds besides what is counted.
const FIXED_BYTES: usize = 800;

/// The event of a request. Its headers are taken as they are: what a proxy adds must have been added.
#[must_use]
pub fn event(request: &Parts, body: &[u8], about: &Circumstances<'_>) -> Vec<u8> {
    let query = request.uri.query().unwrap_or_default();
    let mut json = Json::with_capacity(estimate(request, body));
    json.raw(r#"{"version":"2.0","routeKey":"#);
    json.string(about.route_key);
    json.raw(r#","rawPath":"#);
    json.string(request.uri.path());
    json.raw(r#","rawQueryString":"#);
    json.string(query);
    headers::write_cookies(&mut json, &request.headers);
    json.raw(r#","headers":"#);
    headers::write_joined(&mut json, &request.headers);
    write_query_parameters(&mut json, query);
    write_context(&mut json, request, about);
    write_path_parameters(&mut json, about.path_parameters);
    body::write(&mut json, body, Empty::Absent);
    json.raw("}");
    json.into_bytes()
}

/// Enough for nearly every event; a body in base64 or with many escapes grows the buffer.
pub(super) fn estimate(request: &Parts, body: &[u8]) -> usize {
    let headers: usize =
        request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 6).sum();
    let query = request.uri.query().map_or(0, str::len);
    FIXED_BYTES + headers + 2 * request.uri.path().len() + 3 * query + body.len() + body.len() / 8
}

/// Decoded, repeated ones joined by commas, as API Gateway does.
fn write_query_parameters(json: &mut Json, query: &str) {
    if query.is_empty() {
        return;
    }
    let pairs = query::decoded(query);
    for (number, equal) in pairs.chunk_by(|(a, _), (b, _)| a == b).enumerate() {
        json.raw(if number == 0 { r#","queryStringParameters":{"# } else { "\"," });
        for (place, (name, value)) in equal.iter().enumerate() {
            if place == 0 {
                json.string(name);
                json.raw(":\"");
            } else {
                json.raw(",");
            }
            json.part(value);
        }
    }
    if !pairs.is_empty() {
        json.raw("\"}");
    }
}

fn write_context(json: &mut Json, request: &Parts, about: &Circumstances<'_>) {
    json.raw(r#","requestContext":{"accountId":"#);
    json.string(about.account_id);
    json.raw(r#","apiId":"adapter","domainName":"#);
    json.string(about.host);
    json.raw(r#","domainPrefix":"#);
    json.string(domain_prefix(about.host));
    json.raw(r#","http":{"method":"#);
    json.string(request.method.as_str());
    json.raw(r#","path":"#);
    json.string(request.uri.path());
    json.raw(r#","protocol":""#);
    json.raw(protocol(request.version));
    json.raw(r#"","sourceIp":""#);
    json.display(about.source_ip);
    json.raw(r#"","userAgent":""#);
    json.header_part(user_agent(request));
    json.raw(r#""},"requestId":"#);
    json.string(about.request_id);
    json.raw(r#","routeKey":"#);
    json.string(about.route_key);
    json.raw(r#","stage":"$default","time":"#);
    request_time::write(json, about.time);
    json.raw(r#","timeEpoch":"#);
    json.number(about.time.timestamp_millis());
    json.raw("}");
}

fn write_path_parameters(json: &mut Json, parameters: &[(String, String)]) {
    if !parameters.is_empty() {
        json.raw(r#","pathParameters":"#);
        json.object(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    }
}

/// `app` of `app.example.com`.
pub(super) fn domain_prefix(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

pub(super) fn protocol(version: http::Version) -> &'static str {
    match version {
        http::Version::HTTP_10 => "HTTP/1.0",
        http::Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    }
}

pub(super) fn user_agent(request: &Parts) -> &[u8] {
    request.headers.get(header::USER_AGENT).map_or(&[], http::HeaderValue::as_bytes)
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
        serde_json::from_slice(&event(&parts, body, &about)).unwrap()
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
