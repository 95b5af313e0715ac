//! An HTTP request as an Application Load Balancer event with multi-value headers: "Using AWS Lambda with an
//! Application Load Balancer" in the Lambda Developer Guide.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use http::request::Parts;
use serde::Serialize;

use super::http_request::{encode_body, text};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    request_context: RequestContext<'a>,
    http_method: &'a str,
    path: &'a str,
    multi_value_query_string_parameters: BTreeMap<&'a str, Vec<&'a str>>,
    multi_value_headers: BTreeMap<&'a str, Vec<Cow<'a, str>>>,
    body: Cow<'a, str>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
struct RequestContext<'a> {
    elb: Elb<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Elb<'a> {
    target_group_arn: &'a str,
}

/// The event of a request. As a load balancer does, it leaves path and query percent-encoded.
pub(crate) fn event(request: &Parts, body: &Bytes, target_group_arn: &str) -> Vec<u8> {
    let (body, is_base64_encoded) = encode_body(body);
    let mut query: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in request.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        query.entry(name).or_default().push(value);
    }
    let values = |name| request.headers.get_all(name).iter().map(text).collect();
    let event = Event {
        request_context: RequestContext { elb: Elb { target_group_arn } },
        http_method: request.method.as_str(),
        path: request.uri.path(),
        multi_value_query_string_parameters: query,
        multi_value_headers: request.headers.keys().map(|name| (name.as_str(), values(name))).collect(),
        body: body.unwrap_or_default(),
        is_base64_encoded,
    };
    serde_json::to_vec(&event).expect("maps with string keys always serialize")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::alb::AlbTargetGroupRequest;
    use serde_json::{Value, json};

    #[test]
    fn an_event_has_every_field_that_aws_documents() {
        let request =
            http::Request::post("/a%20b?q=1&q=%202&flag").header("x-many", "1").header("x-many", "2");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let json = event(&parts, &Bytes::from_static(b"hi"), "arn:x");
        let expected = json!({
            "requestContext": { "elb": { "targetGroupArn": "arn:x" } },
            "httpMethod": "POST", "path": "/a%20b",
            "multiValueQueryStringParameters": { "q": ["1", "%202"], "flag": [""] },
            "multiValueHeaders": { "x-many": ["1", "2"] },
            "body": "hi", "isBase64Encoded": false
        });
        assert_eq!(serde_json::from_slice::<Value>(&json).unwrap(), expected);
        assert!(serde_json::from_slice::<AlbTargetGroupRequest>(&json).is_ok());
    }
}
