//! The shape of an HTTP event and whether it carries the request that the driver sent.

use serde_json::{Value, json};

use crate::Check;

/// How a host hands over HTTP requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    HttpApi,
    RestApi,
    AlbMulti,
    AlbSingle,
}

impl Format {
    pub(crate) fn of(event: &Value) -> Self {
        if event["version"] == "2.0" {
            Self::HttpApi
        } else if !event["requestContext"]["elb"].is_object() {
            Self::RestApi
        } else if event["multiValueHeaders"].is_object() {
            Self::AlbMulti
        } else {
            Self::AlbSingle
        }
    }

    fn page(self) -> &'static str {
        match self {
            Self::HttpApi => "Create AWS Lambda proxy integrations for HTTP APIs",
            Self::RestApi => "Lambda proxy integrations in API Gateway",
            Self::AlbMulti | Self::AlbSingle => {
                "Use Lambda functions as targets of an Application Load Balancer"
            }
        }
    }
}

/// Below the base. Encoded, so that it is seen who decodes.
pub(crate) const PROBE: &str = "/event/a%20b?q=1&q=%32&e=&s=x+y";
/// `x-many` comes twice.
pub(crate) const MANY: [&str; 2] = ["one", "two"];
/// As it is sent.
pub(crate) const COOKIE: &str = "c=1; d=%202";

/// Where an event keeps its path.
pub(crate) fn path(event: &Value) -> &str {
    event["rawPath"].as_str().or_else(|| event["path"].as_str()).unwrap_or_default()
}

/// The event of [`PROBE`], posted with `body`.
pub(crate) fn check(event: &Value, body: &str, is_base64: bool) -> Vec<Check> {
    let format = Format::of(event);
    let mut checks = Vec::new();
    let mut check = |rule: &str, ok: bool, saw: &Value| {
        checks.push(Check::new(format!("{format:?}: {rule}"), format.page(), ok, saw.to_string()));
    };
    for (pointer, kind) in fields(format) {
        let value = event.pointer(pointer).unwrap_or(&Value::Null);
        let ok = match *kind {
            "text" => value.is_string(),
            "a number" => value.is_number(),
            _ => value.is_object(),
        };
        check(&format!("{pointer} is {kind}"), ok, value);
    }
    let expected = |pairs: &[(&str, Value)]| {
        pairs.iter().all(|(pointer, value)| event.pointer(pointer).unwrap_or(&Value::Null) == value)
    };
    let (query, headers, cookie) = carried(format);
    check("parameters are carried", expected(&query), &event["queryStringParameters"]);
    check("repeated headers are carried", expected(&headers), &event["headers"]);
    check("cookies are carried", expected(&cookie), &event["headers"]);
    let decoded = path(event).ends_with("/event/a b") || path(event).ends_with("/event/a%20b");
    check("the path is carried", decoded, &path(event).into());
    let carried = event["body"] == body && event["isBase64Encoded"] == is_base64;
    check("the body is carried, in base64 only if it is binary", carried, &event["body"]);
    checks
}

fn fields(format: Format) -> &'static [(&'static str, &'static str)] {
    match format {
        Format::HttpApi => &[
            ("/routeKey", "text"),
            ("/headers", "an object"),
            ("/requestContext/accountId", "text"),
            ("/requestContext/apiId", "text"),
            ("/requestContext/domainName", "text"),
            ("/requestContext/domainPrefix", "text"),
            ("/requestContext/http/method", "text"),
            ("/requestContext/http/path", "text"),
            ("/requestContext/http/protocol", "text"),
            ("/requestContext/http/sourceIp", "text"),
            ("/requestContext/http/userAgent", "text"),
            ("/requestContext/requestId", "text"),
            ("/requestContext/routeKey", "text"),
            ("/requestContext/stage", "text"),
            ("/requestContext/time", "text"),
            ("/requestContext/timeEpoch", "a number"),
        ],
        Format::RestApi => &[
            ("/resource", "text"),
            ("/httpMethod", "text"),
            ("/requestContext/accountId", "text"),
            ("/requestContext/apiId", "text"),
            ("/requestContext/httpMethod", "text"),
            ("/requestContext/identity/sourceIp", "text"),
            ("/requestContext/path", "text"),
            ("/requestContext/protocol", "text"),
            ("/requestContext/requestId", "text"),
            ("/requestContext/requestTime", "text"),
            ("/requestContext/requestTimeEpoch", "a number"),
            ("/requestContext/resourcePath", "text"),
            ("/requestContext/stage", "text"),
        ],
        Format::AlbMulti | Format::AlbSingle => {
            &[("/requestContext/elb/targetGroupArn", "text"), ("/httpMethod", "text")]
        }
    }
}

type Expected = Vec<(&'static str, Value)>;

/// What the probe becomes: parameters, headers, cookies.
fn carried(format: Format) -> (Expected, Expected, Expected) {
    match format {
        Format::HttpApi => (
            vec![
                ("/rawQueryString", json!("q=1&q=%32&e=&s=x+y")),
                ("/queryStringParameters/q", json!("1,2")),
                ("/queryStringParameters/e", json!("")),
            ],
            vec![("/headers/x-many", json!("one,two"))],
            vec![("/cookies", json!(["c=1", "d=%202"])), ("/headers/cookie", Value::Null)],
        ),
        Format::RestApi => (
            vec![
                ("/queryStringParameters/q", json!("2")),
                ("/multiValueQueryStringParameters/q", json!(["1", "2"])),
                ("/queryStringParameters/s", json!("x y")),
            ],
            vec![("/headers/x-many", json!("two")), ("/multiValueHeaders/x-many", json!(MANY))],
            vec![("/headers/cookie", json!(COOKIE))],
        ),
        Format::AlbMulti => (
            vec![
                ("/multiValueQueryStringParameters/q", json!(["1", "%32"])),
                ("/queryStringParameters", Value::Null),
            ],
            vec![("/multiValueHeaders/x-many", json!(MANY)), ("/headers", Value::Null)],
            vec![("/multiValueHeaders/cookie", json!([COOKIE]))],
        ),
        Format::AlbSingle => (
            vec![
                ("/queryStringParameters/q", json!("%32")),
                ("/multiValueQueryStringParameters", Value::Null),
            ],
            vec![("/headers/x-many", json!("two")), ("/multiValueHeaders", Value::Null)],
            vec![("/headers/cookie", json!(COOKIE))],
        ),
    }
}
