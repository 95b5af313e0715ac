//! An HTTP request as an Application Load Balancer event: "Use Lambda functions as targets of an Application Load
//! Balancer" in the guide for Application Load Balancers.

use http::request::Parts;

use super::{
    body::{self, Empty},
    headers,
    http_request::estimate,
    json::Json,
    query,
};

/// The event of a request, for a target group with multi-value headers. As a load balancer does, it leaves path
/// and query percent-encoded.
#[must_use]
pub fn event(request: &Parts, body: &[u8], target_group_arn: &str) -> Vec<u8> {
    let query = query::encoded(request.uri.query().unwrap_or_default());
    let mut json = start(request, body, target_group_arn);
    json.raw(r#","multiValueQueryStringParameters":"#);
    query::write_lists(&mut json, &query);
    json.raw(r#","multiValueHeaders":"#);
    headers::write_lists(&mut json, &request.headers);
    finish(json, body)
}

/// The event of a request, for a target group without multi-value headers: of repeated headers and parameters
/// the last.
#[must_use]
pub fn single_value_event(request: &Parts, body: &[u8], target_group_arn: &str) -> Vec<u8> {
    let query = query::encoded(request.uri.query().unwrap_or_default());
    let mut json = start(request, body, target_group_arn);
    json.raw(r#","queryStringParameters":"#);
    query::write_last(&mut json, &query);
    json.raw(r#","headers":"#);
    headers::write_last(&mut json, &request.headers);
    finish(json, body)
}

fn start(request: &Parts, body: &[u8], target_group_arn: &str) -> Json {
    let mut json = Json::with_capacity(estimate(request, body));
    json.raw(r#"{"requestContext":{"elb":{"targetGroupArn":"#);
    json.string(target_group_arn);
    json.raw(r#"}},"httpMethod":"#);
    json.string(request.method.as_str());
    json.raw(r#","path":"#);
    json.string(request.uri.path());
    json
}

fn finish(mut json: Json, body: &[u8]) -> Vec<u8> {
    body::write(&mut json, body, Empty::Text);
    json.raw("}");
    json.into_bytes()
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
        let json = event(&parts, b"hi", "arn:x");
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
    #[test]
    fn without_multi_value_headers_the_last_value_counts() {
        let request = http::Request::get("/a?q=1&q=%202&flag")
            .header("x-many", "1")
            .header("x-many", "2")
            .header("cookie", "a=1")
            .header("cookie", "b=2");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let json = single_value_event(&parts, b"\xff", "arn:x");
        let expected = json!({
            "requestContext": { "elb": { "targetGroupArn": "arn:x" } }, "httpMethod": "GET", "path": "/a",
            "queryStringParameters": { "q": "%202", "flag": "" },
            "headers": { "x-many": "2", "cookie": "a=1; b=2" },
            "body": "/w==", "isBase64Encoded": true
        });
        assert_eq!(serde_json::from_slice::<Value>(&json).unwrap(), expected);
        assert!(serde_json::from_slice::<AlbTargetGroupRequest>(&json).is_ok());
    }
}
