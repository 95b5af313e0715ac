//! What the Runtime API answers: "Using the Lambda runtime API for custom runtimes" in the Lambda Developer
//! Guide, and as much of the Extensions API as a runtime needs to be allowed a graceful end.

use std::{future::pending, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

use crate::function::{Answer, Delivery, Failure, Function, Receipt};

const RUNTIME: &str = "/2018-06-01/runtime/";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
/// What an error object may say, in bytes.
const MAX_ERROR_BYTES: usize = 1024 * 1024;

type Reply = Response<Full<Bytes>>;

/// Every request gets an answer, a `next` only ever 200: runtimes die of anything else, or wait for ever.
pub(super) async fn answer(function: &Arc<Function>, number: u64, request: Request<Incoming>) -> Reply {
    let path = request.uri().path().to_owned();
    let Some(path) = path.strip_prefix(RUNTIME) else { return extension(function, &request).await };
    let parts: Vec<&str> = path.split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(function, number).await,
        (&Method::POST, ["invocation", id, "response"]) => response(function, number, id, request).await,
        (&Method::POST, ["invocation", id, "error"]) => error(function, number, id, request).await,
        (&Method::POST, ["init", "error"]) => init_error(function, number, request).await,
        _ => problem(StatusCode::NOT_FOUND, "ResourceNotFound", "no such resource"),
    }
}

async fn next(function: &Arc<Function>, number: u64) -> Reply {
    match function.poll(number).await {
        Ok(delivery) => invocation(function, delivery),
        // The process is being retired and will be signalled; until then it waits.
        Err(_) => pending().await,
    }
}

fn invocation(function: &Function, delivery: Delivery) -> Reply {
    let Delivery { invocation, deadline_ms } = delivery;
    let arn = format!(
        "arn:aws:lambda:{}:{}:function:{}",
        function.hosting.region, function.hosting.account_id, function.name
    );
    let mut reply = Response::new(Full::new(invocation.payload));
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("lambda-runtime-aws-request-id", invocation.id.as_str()),
        ("lambda-runtime-invocation-id", invocation.id.as_str()),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string().as_str()),
        ("lambda-runtime-invoked-function-arn", &arn),
        ("lambda-runtime-trace-id", &invocation.trace_id),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    reply
}

async fn response(function: &Arc<Function>, number: u64, id: &str, request: Request<Incoming>) -> Reply {
    if is_stale(request.headers(), id) {
        return receipt(Receipt::Late);
    }
    let content_type = header_text(request.headers(), header::CONTENT_TYPE.as_str()).map(str::to_owned);
    let limit = function.hosting.max_answer_bytes;
    match read(request, limit).await {
        Ok(payload) => receipt(function.complete(number, id, Ok(Answer { payload, content_type }))),
        Err(Unread::TooLarge) => {
            function.complete(number, id, Err(Failure::AnswerTooLarge { limit }));
            let message = format!("the answer is larger than {limit} bytes");
            problem(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
        }
        Err(Unread::Broken) => broken_body(),
    }
}

async fn error(function: &Arc<Function>, number: u64, id: &str, request: Request<Incoming>) -> Reply {
    if is_stale(request.headers(), id) {
        return receipt(Receipt::Late);
    }
    let error_type = header_text(request.headers(), ERROR_TYPE).unwrap_or("Unhandled").to_owned();
    match read(request, MAX_ERROR_BYTES).await {
        Ok(payload) => receipt(function.complete(number, id, Err(Failure::Reported { error_type, payload }))),
        Err(Unread::TooLarge) => {
            let payload = Bytes::from_static(b"{\"errorMessage\":\"the error itself was too large\"}");
            receipt(function.complete(number, id, Err(Failure::Reported { error_type, payload })))
        }
        Err(Unread::Broken) => broken_body(),
    }
}

async fn init_error(function: &Function, number: u64, request: Request<Incoming>) -> Reply {
    let error_type = header_text(request.headers(), ERROR_TYPE).unwrap_or("Runtime.InitError").to_owned();
    let text = match read(request, MAX_ERROR_BYTES).await {
        Ok(payload) => String::from_utf8_lossy(&payload).into_owned(),
        Err(_) => String::new(),
    };
    function.init_failed(number, format!("reported {error_type}: {text}"));
    receipt(Receipt::Accepted)
}

/// A runtime that registers as an extension is promised SIGTERM before the end. It gets it when it is idle.
async fn extension(function: &Function, request: &Request<Incoming>) -> Reply {
    match (request.method(), request.uri().path()) {
        (&Method::POST, "/2020-01-01/extension/register") => {
            let about = serde_json::json!({
                "functionName": function.name, "functionVersion": "$LATEST", "handler": function.name,
                "accountId": function.hosting.account_id,
            });
            let mut reply = json(StatusCode::OK, Bytes::from(about.to_string()));
            let id = uuid::Uuid::new_v4().to_string();
            if let Ok(id) = HeaderValue::from_str(&id) {
                reply.headers_mut().insert("lambda-extension-identifier", id);
            }
            reply
        }
        (&Method::GET, "/2020-01-01/extension/event/next") => pending().await,
        _ => problem(StatusCode::NOT_FOUND, "ResourceNotFound", "no such resource"),
    }
}

/// The invocation id is echoed by runtimes that know it, so that an old answer cannot meet a new invocation.
fn is_stale(headers: &HeaderMap, id: &str) -> bool {
    header_text(headers, "lambda-runtime-invocation-id").is_some_and(|echoed| echoed != id)
}

enum Unread {
    TooLarge,
    Broken,
}

/// What is too large is read to its end all the same, so that the runtime sees the answer.
async fn read(request: Request<Incoming>, limit: usize) -> Result<Bytes, Unread> {
    let mut body = request.into_body();
    match Limited::new(&mut body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            while let Some(Ok(_)) = body.frame().await {}
            Err(Unread::TooLarge)
        }
        Err(_) => Err(Unread::Broken),
    }
}

fn receipt(receipt: Receipt) -> Reply {
    match receipt {
        Receipt::Accepted => json(StatusCode::ACCEPTED, Bytes::from_static(b"{\"status\":\"OK\"}")),
        Receipt::Late => problem(StatusCode::GONE, "InvalidRequestID", "the invocation has ended already"),
        Receipt::Unknown => problem(StatusCode::BAD_REQUEST, "InvalidRequestID", "no such invocation"),
    }
}

fn broken_body() -> Reply {
    problem(StatusCode::BAD_REQUEST, "InvalidRequest", "the body was not complete")
}

fn problem(status: StatusCode, kind: &str, message: &str) -> Reply {
    let body = serde_json::json!({ "errorMessage": message, "errorType": kind });
    json(status, Bytes::from(body.to_string()))
}

fn json(status: StatusCode, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
