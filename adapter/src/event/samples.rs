//! Every field that AWS's sample events have is in ours, with the same type.
//!
//! The facts are those of the samples that the `aws_lambda_events` crate ships: paths and JSON types. Left out is
//! what only an authorizer, a client certificate or stage variables bring.

use http::request::Parts;
use serde_json::Value;

use super::{
    alb,
    http_request::{self, Circumstances},
    rest_api,
};

const HTTP_API: &[(&str, &str)] = &[
    ("version routeKey rawPath rawQueryString body", "string"),
    ("cookies", "list"),
    ("headers queryStringParameters pathParameters requestContext requestContext.http", "object"),
    ("headers.x-many queryStringParameters.q pathParameters.proxy", "string"),
    ("requestContext.accountId requestContext.apiId requestContext.domainName", "string"),
    ("requestContext.domainPrefix requestContext.requestId requestContext.routeKey", "string"),
    ("requestContext.stage requestContext.time", "string"),
    ("requestContext.http.method requestContext.http.path requestContext.http.protocol", "string"),
    ("requestContext.http.sourceIp requestContext.http.userAgent", "string"),
    ("requestContext.timeEpoch", "number"),
    ("isBase64Encoded", "boolean"),
];

const REST_API: &[(&str, &str)] = &[
    ("resource path httpMethod body", "string"),
    ("headers multiValueHeaders queryStringParameters multiValueQueryStringParameters", "object"),
    ("headers.x-many queryStringParameters.q pathParameters.proxy", "string"),
    ("multiValueHeaders.x-many multiValueQueryStringParameters.q", "list"),
    ("pathParameters requestContext requestContext.identity", "object"),
    ("stageVariables", "null"),
    ("requestContext.accountId requestContext.apiId requestContext.domainName", "string"),
    ("requestContext.domainPrefix requestContext.extendedRequestId requestContext.httpMethod", "string"),
    ("requestContext.path requestContext.protocol requestContext.requestId", "string"),
    ("requestContext.requestTime requestContext.resourceId requestContext.resourcePath", "string"),
    ("requestContext.stage", "string"),
    ("requestContext.requestTimeEpoch", "number"),
    ("requestContext.identity.sourceIp requestContext.identity.userAgent", "string"),
    ("requestContext.identity.accessKey requestContext.identity.accountId", "null"),
    ("requestContext.identity.apiKey requestContext.identity.apiKeyId", "null"),
    ("requestContext.identity.caller requestContext.identity.user requestContext.identity.userArn", "null"),
    ("requestContext.identity.cognitoAuthenticationProvider", "null"),
    ("requestContext.identity.cognitoAuthenticationType", "null"),
    ("requestContext.identity.cognitoIdentityId requestContext.identity.cognitoIdentityPoolId", "null"),
    ("isBase64Encoded", "boolean"),
];

const ALB: &[(&str, &str)] = &[
    ("requestContext requestContext.elb multiValueQueryStringParameters multiValueHeaders", "object"),
    ("requestContext.elb.targetGroupArn httpMethod path body", "string"),
    ("multiValueQueryStringParameters.q multiValueHeaders.x-many", "list"),
    ("isBase64Encoded", "boolean"),
];

const ALB_SINGLE_VALUE: &[(&str, &str)] = &[
    ("requestContext requestContext.elb queryStringParameters headers", "object"),
    ("requestContext.elb.targetGroupArn httpMethod path body", "string"),
    ("queryStringParameters.q headers.x-many", "string"),
    ("isBase64Encoded", "boolean"),
];

fn request() -> Parts {
    let request = http::Request::post("/hello/world?q=me&q=me2")
        .header("user-agent", "curl/8")
        .header("cookie", "a=1")
        .header("x-many", "1")
        .header("x-many", "2");
    request.body(()).unwrap().into_parts().0
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields.len() + fields.values().map(leaves).sum::<usize>(),
        _ => 0,
    }
}

/// Header names have no dots here, so a dot always leads deeper.
fn check(event: &[u8], facts: &[(&str, &str)]) {
    let event: Value = serde_json::from_slice(event).unwrap();
    for (paths, kind) in facts {
        for path in paths.split(' ') {
            let found = path.split('.').try_fold(&event, |value, name| value.get(name));
            assert_eq!(found.map(type_of), Some(*kind), "{path}");
        }
    }
    assert!(leaves(&event) >= facts.iter().map(|(paths, _)| paths.split(' ').count()).sum());
}

#[test]
fn every_format_has_the_fields_of_the_samples() {
    let about = Circumstances {
        route_key: "ANY /{proxy+}",
        path_parameters: &[("proxy".to_owned(), "hello/world".to_owned())],
        host: "id.example.com",
        source_ip: [1, 2, 3, 4].into(),
        request_id: "r",
        account_id: "123456789012",
        time: chrono::Utc::now(),
    };
    let request = request();
    check(&http_request::event(&request, b"hi", &about), HTTP_API);
    check(&rest_api::event(&request, b"hi", &about), REST_API);
    check(&alb::event(&request, b"hi", "arn:x"), ALB);
    check(&alb::single_value_event(&request, b"hi", "arn:x"), ALB_SINGLE_VALUE);
}
