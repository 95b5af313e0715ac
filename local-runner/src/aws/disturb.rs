//! Chaos at the door: requests that take longer, are refused as AWS refuses them, or are done and answered as if they
//! had not been. Where there are no rules, nothing here looks at a request.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use hyper::body::Incoming;

use super::answer::{AwsError, Body};
use super::server::{self, Backends};
use super::{lambda, s3, scheduler};
use crate::chaos::{Called, Fault, Hit, Kind, Service, Whose};

/// What can be done here.
const KINDS: &[Kind] = &[Kind::Latency, Kind::Error, Kind::Throttle, Kind::Lost];

/// On calls that are no function's: the dashboard shows what is there also where nothing works.
pub(crate) const OBSERVER: &str = "velox-dashboard";

/// A request with what rules want to know of it.
struct Asked {
    service: Service,
    operation: String,
    /// A queue, a table, a bucket, a parameter; empty where there is none.
    on: String,
    form: bool,
    trace: Option<String>,
    content: Content,
}

enum Content {
    /// Of a JSON service, read already.
    Json {
        target: String,
        host: String,
        body: Bytes,
    },
    Whole(Request<Incoming>),
}

/// Answers a request as the rules want it to be.
pub(super) async fn answer(request: Request<Incoming>, backends: &Backends) -> Response<Body> {
    if is_observer(request.headers()) {
        return server::dispatch(request, backends).await.unwrap_or_else(AwsError::into_response);
    }
    match Asked::read(request).await {
        Ok(asked) => asked.disturbed(backends).await,
        Err(error) => error.into_response(),
    }
}

fn is_observer(headers: &HeaderMap) -> bool {
    let agent = headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    agent.is_some_and(|agent| agent.contains(OBSERVER))
}

impl Asked {
    async fn read(request: Request<Incoming>) -> Result<Self, AwsError> {
        let headers = request.headers();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let trace = text("x-amzn-trace-id");
        let form = server::is_query_protocol(&request);
        let path = request.uri().path();
        let named = |service, operation: &str, on: String| (service, operation.to_owned(), on);
        if let Some((service, target)) =
            text("x-amz-target").and_then(|target| Some((service_of(&target)?, target)))
        {
            let (operation, host) = (after_dot(&target).to_owned(), server::host_of(&request));
            super::callers::check(&request, super::callers::Door::Services)?;
            let body = server::read(request).await?;
            let on = resource_in(&body);
            return Ok(Self {
                service,
                operation,
                on,
                form,
                trace,
                content: Content::Json { target, host, body },
            });
        }
        let (service, operation, on) = if let Some(function) = lambda::function_in(path) {
            named(Service::Lambda, "Invoke", function)
        } else if scheduler::is_for_scheduler(headers) {
            named(Service::Scheduler, schedule_operation(request.method(), path), String::new())
        } else if form {
            named(Service::Sqs, "", path.rsplit('/').next().unwrap_or_default().to_owned())
        } else {
            let bucket = path.trim_start_matches('/').split('/').next().unwrap_or_default();
            named(Service::S3, object_operation(&request), bucket.to_owned())
        };
        Ok(Self { service, operation, on, form, trace, content: Content::Whole(request) })
    }

    async fn disturbed(self, backends: &Backends) -> Response<Body> {
        let (chaos, service, form) = (&backends.chaos, self.service, self.form);
        let hits = chaos.throw(Called::Service(service, &self.operation, &self.on), KINDS);
        let whose = self.trace.as_deref().map_or(Whose::Nobody, Whose::Trace);
        let note = |hit: &Hit, what: String| chaos.note(hit, whose, what);
        for hit in &hits {
            if let Fault::Latency(time) = hit.fault {
                note(hit, format!("answered {} ms later", time.as_millis()));
            }
        }
        let latency = hits.iter().map(|hit| match hit.fault {
            Fault::Latency(time) => time,
            _ => Duration::ZERO,
        });
        tokio::time::sleep(latency.sum()).await;
        let refusing = hits.iter().find(|hit| matches!(hit.fault, Fault::Error | Fault::Throttle));
        if let Some(hit) = refusing {
            let error = refusal(service, hit.fault.kind());
            note(hit, format!("refused with {}", error.code));
            return error.response(service, form);
        }
        let answer = match self.content {
            Content::Json { target, host, body } => {
                server::answer_json(&target, &host, &body, backends).await
            }
            Content::Whole(request) => server::dispatch(request, backends).await,
        };
        let answer = answer.unwrap_or_else(AwsError::into_response);
        let lost = hits.iter().find(|hit| hit.fault == Fault::Lost && answer.status().is_success());
        match lost {
            None => answer,
            Some(hit) => {
                let error = refusal(service, Kind::Lost);
                note(hit, format!("done, but answered with {}", error.code));
                error.response(service, form)
            }
        }
    }
}

/// What a service says of itself when it is in trouble.
struct Refusal {
    status: u16,
    code: &'static str,
}

/// "Common errors" and "Error responses" in each service's API reference.
fn refusal(service: Service, kind: Kind) -> Refusal {
    let throttled = kind == Kind::Throttle;
    let (status, code) = match service {
        Service::Dynamodb if throttled => (400, "ProvisionedThroughputExceededException"),
        Service::Dynamodb => (500, "InternalServerError"),
        Service::S3 if throttled => (503, "SlowDown"),
        Service::S3 => (500, "InternalError"),
        Service::Ssm if throttled => (400, "ThrottlingException"),
        Service::Ssm => (500, "InternalServerError"),
        Service::Scheduler if throttled => (429, "ThrottlingException"),
        Service::Scheduler => (500, "InternalServerException"),
        Service::Lambda if throttled => (429, "TooManyRequestsException"),
        Service::Lambda => (500, "ServiceException"),
        _ if throttled => (400, "RequestThrottled"),
        _ => (500, "InternalFailure"),
    };
    Refusal { status, code }
}

impl Refusal {
    fn response(self, service: Service, form: bool) -> Response<Body> {
        const MESSAGE: &str = "Chaos of the local runner: this error was asked for.";
        let Self { status, code } = self;
        match service {
            Service::S3 => s3::refused(status, code, MESSAGE),
            _ if form => {
                let kind = if status < 500 { "Sender" } else { "Receiver" };
                let text = format!(
                    "<?xml version=\"1.0\"?><ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code>\
                     <Message>{MESSAGE}</Message></Error></ErrorResponse>"
                );
                let status = http::StatusCode::from_u16(status).unwrap_or_default();
                super::answer::xml(status, text)
            }
            _ => AwsError::new(status, code, MESSAGE)
                .with_header("x-amzn-errortype", code.to_owned())
                .into_response(),
        }
    }
}

fn service_of(target: &str) -> Option<Service> {
    match target.split('.').next()? {
        "AmazonSQS" => Some(Service::Sqs),
        "AmazonSSM" => Some(Service::Ssm),
        name if name.starts_with("DynamoDB_") => Some(Service::Dynamodb),
        _ => None,
    }
}

fn after_dot(target: &str) -> &str {
    target.split_once('.').map_or("", |(_, operation)| operation)
}

/// The queue, table or parameter that a JSON request is about.
fn resource_in(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct About<'a> {
        #[serde(borrow)]
        queue_url: Option<std::borrow::Cow<'a, str>>,
        #[serde(borrow)]
        table_name: Option<std::borrow::Cow<'a, str>>,
    }
    let Ok(about) = serde_json::from_slice::<About<'_>>(body) else { return String::new() };
    let name = about.queue_url.or(about.table_name).unwrap_or_default();
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

fn schedule_operation(method: &Method, path: &str) -> &'static str {
    let one = path.strip_prefix("/schedules/").is_some_and(|name| !name.is_empty());
    match (one, method.as_str()) {
        (true, "POST") => "CreateSchedule",
        (true, "GET") => "GetSchedule",
        (true, "PUT") => "UpdateSchedule",
        (true, "DELETE") => "DeleteSchedule",
        (false, "GET") if path == "/schedules" => "ListSchedules",
        _ => "",
    }
}

fn object_operation(request: &Request<Incoming>) -> &'static str {
    let path = request.uri().path().trim_start_matches('/');
    let has_key = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
    let query = request.uri().query().unwrap_or_default();
    let asks = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    match (has_key, request.method().as_str()) {
        (true, "GET") => "GetObject",
        (true, "HEAD") => "HeadObject",
        (true, "PUT") if asks("partNumber") => "UploadPart",
        (true, "PUT") => "PutObject",
        (true, "DELETE") => "DeleteObject",
        (true, "POST") if asks("uploads") => "CreateMultipartUpload",
        (true, "POST") if asks("uploadId") => "CompleteMultipartUpload",
        (false, "GET") => "ListObjects",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_request_names_its_queue_or_table() {
        assert_eq!(
            resource_in(br#"{"QueueUrl":"http://127.0.0.1:1/000000000000/velox-x","A":[1]}"#),
            "velox-x"
        );
        assert_eq!(resource_in(br#"{"TableName":"velox-sessions","Key":{}}"#), "velox-sessions");
        assert_eq!((resource_in(b"{}"), resource_in(b"no JSON")), (String::new(), String::new()));
    }

    #[test]
    fn operations_of_rest_services_are_told_by_method_and_path() {
        assert_eq!(schedule_operation(&Method::PUT, "/schedules/a"), "UpdateSchedule");
        assert_eq!(schedule_operation(&Method::GET, "/schedules"), "ListSchedules");
        assert_eq!(schedule_operation(&Method::GET, "/schedule-groups"), "");
    }

    #[test]
    fn all_errors_are_of_the_kind_that_they_stand_for() {
        for service in Service::ALL {
            assert!(
                refusal(service, Kind::Error).status >= 500 && refusal(service, Kind::Lost).status >= 500
            );
            assert!(matches!(refusal(service, Kind::Throttle).status, 400 | 429 | 503));
        }
    }
}
