//! An HTTP request as an API Gateway REST API event (payload format 1.0): "Input format of a Lambda function for
//! proxy integration" in the API Gateway Developer Guide.
//!
//! Header names are in lower case, as HTTP/2 has them; API Gateway keeps the case that an HTTP/1.1 client chose.

use http::request::Parts;

use super::{
    body::{self, Empty},
    headers,
    http_request::{Circumstances, domain_prefix, estimate, protocol, user_agent},
    json::Json,
    query, request_time,
};

/// The event of a request. Its headers are taken as they are: what a proxy adds must have been added.
#[must_use]
pub fn event(request: &Parts, body: &[u8], about: &Circumstances<'_>) -> Vec<u8> {
    // Headers and parameters are there twice: with their last value and with all of them.
    let mut json = Json::with_capacity(2 * estimate(request, body) - body.len());
    json.raw(r#"{"resource":"#);
    json.string(resource(about));
    json.raw(r#","path":"#);
    json.string(request.uri.path());
    json.raw(r#","httpMethod":"#);
    json.string(request.method.as_str());
    json.raw(r#","headers":"#);
    headers::write_last(&mut json, &request.headers);
    json.raw(r#","multiValueHeaders":"#);
    headers::write_lists(&mut json, &request.headers);
    write_parameters(&mut json, request, about);
    json.raw(r#","stageVariables":null"#);
    write_context(&mut json, request, about);
    body::write(&mut json, body, Empty::Null);
    json.raw("}");
    json.into_bytes()
}

/// `/customers/{id}` of `GET /customers/{id}`.
fn resource<'a>(about: &Circumstances<'a>) -> &'a str {
    about.route_key.split_once(' ').map_or(about.route_key, |(_, path)| path)
}

/// Decoded; `null` where there are none.
fn write_parameters(json: &mut Json, request: &Parts, about: &Circumstances<'_>) {
    let pairs = query::decoded(request.uri.query().unwrap_or_default());
    if pairs.is_empty() {
        json.raw(r#","queryStringParameters":null,"multiValueQueryStringParameters":null"#);
    } else {
        json.raw(r#","queryStringParameters":"#);
        query::write_last(json, &pairs);
        json.raw(r#","multiValueQueryStringParameters":"#);
        query::write_lists(json, &pairs);
    }
    json.raw(r#","pathParameters":"#);
    match about.path_parameters {
        [] => json.raw("null"),
        parameters => json.object(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
    }
}

fn write_context(json: &mut Json, request: &Parts, about: &Circumstances<'_>) {
    json.raw(r#","requestContext":{"accountId":"#);
    json.string(about.account_id);
    json.raw(r#","apiId":"adapter","resourceId":"adapter","resourcePath":"#);
    json.string(resource(about));
    json.raw(r#","httpMethod":"#);
    json.string(request.method.as_str());
    json.raw(r#","path":"#);
    json.string(request.uri.path());
    json.raw(r#","protocol":""#);
    json.raw(protocol(request.version));
    json.raw(r#"","stage":"$default","domainName":"#);
    json.string(about.host);
    json.raw(r#","domainPrefix":"#);
    json.string(domain_prefix(about.host));
    json.raw(r#","requestId":"#);
    json.string(about.request_id);
    json.raw(r#","extendedRequestId":"#);
    json.string(about.request_id);
    json.raw(r#","requestTime":"#);
    request_time::write(json, about.time);
    json.raw(r#","requestTimeEpoch":"#);
    json.number(about.time.timestamp_millis());
    write_identity(json, request, about);
    json.raw("}");
}

/// Nobody is known but by address: authorization is the function's.
fn write_identity(json: &mut Json, request: &Parts, about: &Circumstances<'_>) {
    json.raw(concat!(
        r#","identity":{"accessKey":null,"accountId":null,"apiKey":null,"apiKeyId":null,"caller":null,"#,
        r#""clientCert":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"#,
        r#""cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"user":null,"#,
        r#""userArn":null,"sourceIp":""#
    ));
    json.display(about.source_ip);
    json.raw(r#"","userAgent":"#);
    match user_agent(request) {
        [] => json.raw("null"),
        value => {
            json.raw("\"");
            json.header_part(value);
            json.raw("\"");
        }
    }
    json.raw("}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::apigw::ApiGatewayProxyRequest;
    use serde_json::{Value, json};

    fn event_of(request: http::Request<&'static [u8]>, path_parameters: &[(String, String)]) -> Value {
        let (parts, body) = request.into_parts();
        let about = Circumstances {
            route_key: "ANY /c/{id}",
            path_parameters,
            host: "app.localhost",
            source_ip: [1, 2, 3, 4].into(),
            request_id: "r-1",
            account_id: "123456789012",
            time: chrono::DateTime::from_timestamp_millis(1_587_481_701_067).unwrap(),
        };
        let json = event(&parts, body, &about);
        assert!(serde_json::from_slice::<ApiGatewayProxyRequest>(&json).is_ok());
        serde_json::from_slice(&json).unwrap()
    }

    #[test]
    fn an_event_has_every_field_that_aws_documents() {
        let request = http::Request::post("/c/%37?a=1&a=%32&b=x%20y+z&flag")
            .header("x-many", "1")
            .header("x-many", "2")
            .header("user-agent", "curl/8")
            .body(&b"{}"[..])
            .unwrap();
        let mut seen = event_of(request, &[("id".into(), "7".into())]);
        let identity = seen["requestContext"]["identity"].take();
        assert_eq!((&identity["sourceIp"], &identity["userAgent"]), (&json!("1.2.3.4"), &json!("curl/8")));
        let expected = json!({
            "resource": "/c/{id}", "path": "/c/%37", "httpMethod": "POST",
            "headers": {"x-many": "2", "user-agent": "curl/8"},
            "multiValueHeaders": {"x-many": ["1", "2"], "user-agent": ["curl/8"]},
            "queryStringParameters": {"a": "2", "b": "x y z", "flag": ""},
            "multiValueQueryStringParameters": {"a": ["1", "2"], "b": ["x y z"], "flag": [""]},
            "pathParameters": {"id": "7"}, "stageVariables": null,
            "requestContext": {
                "accountId": "123456789012", "apiId": "adapter", "resourceId": "adapter", "resourcePath": "/c/{id}",
                "httpMethod": "POST", "path": "/c/%37", "protocol": "HTTP/1.1", "stage": "$default",
                "domainName": "app.localhost", "domainPrefix": "app", "requestId": "r-1",
                "extendedRequestId": "r-1", "requestTime": "21/Apr/2020:15:08:21 +0000",
                "requestTimeEpoch": 1_587_481_701_067_i64, "identity": null
            },
            "body": "{}", "isBase64Encoded": false
        });
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_is_not_there_is_null() {
        let seen = event_of(http::Request::get("/c/7").body(&[][..]).unwrap(), &[]);
        for field in ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body"] {
            assert_eq!(seen.get(field), Some(&Value::Null), "{field}");
        }
        assert_eq!(seen["requestContext"]["identity"]["userAgent"], Value::Null);
        assert_eq!((&seen["headers"], &seen["multiValueHeaders"]), (&json!({}), &json!({})));
    }
}
