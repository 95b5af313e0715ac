//! The sample event of a new function, of the kind that its trigger sends.

use catalog::names;

use super::{Function, Kind, RouteMethod};

/// JSON text.
pub(super) fn sample(function: &Function) -> String {
    let template = match &function.kind {
        Kind::Route { method, path } => return route(function, *method, path),
        Kind::Job => JOB,
        Kind::Schedule { .. } => SCHEDULE,
    };
    let text = template.trim_start().replace("NAME", &function.name).replace("REGION", names::REGION);
    text.replace("PREFIX", names::PREFIX)
}

/// API Gateway HTTP API, payload 2.0 (AWS: "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway").
fn route(function: &Function, method: RouteMethod, path: &str) -> String {
    let label = function.head.host().map_or("app", catalog::Host::label);
    let browser = label != "api";
    let accept = if browser { "text/html" } else { "application/json" };
    let mut headers = vec![
        ("host", format!("{label}.localhost:{}", names::LOCAL_HTTP_PORT)),
        ("accept", accept.to_owned()),
    ];
    let mut body = "";
    match (method, browser) {
        (RouteMethod::Get, _) => {}
        (RouteMethod::Post, true) => {
            headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
            headers.push(("sec-fetch-site", "same-origin".to_owned()));
            body = "  \"body\": \"\",\n";
        }
        (RouteMethod::Post, false) => {
            headers.push(("content-type", "application/json".to_owned()));
            body = "  \"body\": \"{}\",\n";
        }
    }
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| format!("    \"{name}\": \"{value}\"")).collect();
    let (method, raw_path) = (method.token(), concrete(path));
    ROUTE
        .trim_start()
        .replace("HEADERS", &headers.join(",\n"))
        .replace("BODY\n", body)
        .replace("METHOD", method)
        .replace("RAW_PATH", &raw_path)
        .replace("PATTERN", path)
        .replace("LABEL", label)
}

/// With something in the place of each parameter.
fn concrete(path: &str) -> String {
    let fill = |part: &str| {
        if part.starts_with('{') { "01930000-0000-7000-8000-000000000001" } else { part }.to_owned()
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

const ROUTE: &str = r#"
{
  "version": "2.0",
  "routeKey": "METHOD PATTERN",
  "rawPath": "RAW_PATH",
  "rawQueryString": "",
  "headers": {
HEADERS
  },
  "requestContext": {
    "accountId": "000000000000",
    "apiId": "local",
    "domainName": "LABEL.localhost",
    "domainPrefix": "LABEL",
    "http": {
      "method": "METHOD",
      "path": "RAW_PATH",
      "protocol": "HTTP/1.1",
      "sourceIp": "127.0.0.1",
      "userAgent": "sample"
    },
    "requestId": "sample",
    "routeKey": "METHOD PATTERN",
    "stage": "$default",
    "time": "22/Nov/2026:16:00:00 +0000",
    "timeEpoch": 1795363200000
  },
BODY
  "isBase64Encoded": false
}
"#;

const JOB: &str = r#"
{
  "Records": [
    {
      "messageId": "01930000-0000-7000-8000-00000000000b",
      "receiptHandle": "sample",
      "body": "{\"job\": \"NAME\", \"organization_id\": \"01930000-0000-7000-8000-000000000001\"}",
      "attributes": {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1795363200000",
        "SenderId": "000000000000",
        "ApproximateFirstReceiveTimestamp": "1795363200001"
      },
      "messageAttributes": {},
      "eventSource": "aws:sqs",
      "eventSourceARN": "arn:aws:sqs:REGION:000000000000:PREFIX-NAME",
      "awsRegion": "REGION"
    }
  ]
}
"#;

const SCHEDULE: &str = r#"
{
  "version": "0",
  "id": "01930000-0000-7000-8000-00000000000a",
  "detail-type": "Scheduled Event",
  "source": "aws.scheduler",
  "account": "000000000000",
  "time": "2026-11-22T16:00:00Z",
  "region": "REGION",
  "resources": [
    "arn:aws:scheduler:REGION:000000000000:schedule/default/PREFIX-NAME"
  ],
  "detail": {}
}
"#;
