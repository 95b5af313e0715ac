//! Lambda's `Invoke` (Lambda API reference, "Invoke"), handed on to whoever runs the functions.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::answer::{AwsError, Body, full};
use super::{ACCOUNT, REGION, server};

/// The largest payload of a synchronous invocation.
const MAX_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;

/// What became of an invocation, when it has been answered.
pub type InvokeFuture<'a> = BoxFuture<'a, Result<InvokeOutcome, InvokeRefused>>;

/// Runs functions.
pub trait Invoker: Send + Sync {
    /// Runs `function` (its bare name) with a JSON payload.
    fn invoke<'a>(&'a self, function: &'a str, payload: Bytes) -> InvokeFuture<'a>;
}

/// The answer of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeOutcome {
    /// What it returned, or the JSON of its error.
    pub payload: Bytes,
    /// `Unhandled` (or `Handled`) if the function failed: the value of `X-Amz-Function-Error`.
    pub function_error: Option<String>,
}

/// Why a function was not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeRefused {
    /// There is no function of this name.
    #[error("there is no such function")]
    NotFound,
    /// It is not to be run by hand; the reason is for the caller.
    #[error("{0}")]
    Denied(String),
    /// Too many invocations run or wait already.
    #[error("too many invocations")]
    TooManyRequests,
    /// The function could not be started or reached; the reason is for the caller.
    #[error("{0}")]
    Unavailable(String),
}

/// The function that the path `/2015-03-31/functions/{name}/invocations` names; ARNs and qualifiers are cut down to
/// the bare name.
pub(super) fn function_in(path: &str) -> Option<String> {
    let name = path.strip_prefix("/2015-03-31/functions/")?.strip_suffix("/invocations")?;
    let name = name.replace("%3A", ":").replace("%3a", ":");
    function_named_by(&name).or_else(|| name.split(':').next().map(str::to_owned))
}

/// The bare name of the function that an ARN names.
pub(super) fn function_named_by(arn: &str) -> Option<String> {
    let (_, name) = arn.split_once(":function:")?;
    name.split(':').next().map(str::to_owned)
}

/// Answers an invocation: waits for its outcome, or only takes it on (`Event`), or only checks (`DryRun`).
pub(super) async fn answer(
    function: &str,
    request: Request<Incoming>,
    invoker: Option<&Arc<dyn Invoker>>,
) -> Response<Body> {
    let kind = request.headers().get("x-amz-invocation-type").and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or("RequestResponse").to_owned();
    let payload = match server::read(request).await {
        Ok(payload) if payload.len() > MAX_PAYLOAD_BYTES => return too_large(payload.len()),
        Ok(payload) => payload,
        Err(error) => return error.into_response(),
    };
    let Some(invoker) = invoker else { return refuse(function, &InvokeRefused::NotFound) };
    match kind.as_str() {
        "RequestResponse" => match invoker.invoke(function, payload).await {
            Ok(outcome) => respond(outcome),
            Err(refusal) => refuse(function, &refusal),
        },
        "Event" => {
            let (invoker, function) = (Arc::clone(invoker), function.to_owned());
            tokio::spawn(async move {
                if let Err(error) = invoker.invoke(&function, payload).await {
                    tracing::warn!(%function, %error, "an asynchronous invocation was refused");
                }
            });
            empty(StatusCode::ACCEPTED)
        }
        "DryRun" => empty(StatusCode::NO_CONTENT),
        _ => error(400, "InvalidParameterValueException", "Unknown invocation type.".into()),
    }
}

fn respond(outcome: InvokeOutcome) -> Response<Body> {
    let mut response = Response::new(full(outcome.payload));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    if let Some(kind) = outcome.function_error.and_then(|kind| HeaderValue::try_from(kind).ok()) {
        headers.insert("x-amz-function-error", kind);
    }
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}

fn refuse(function: &str, refusal: &InvokeRefused) -> Response<Body> {
    match refusal {
        InvokeRefused::NotFound => error(
            404,
            "ResourceNotFoundException",
            format!("Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"),
        ),
        InvokeRefused::Denied(reason) => error(403, "AccessDeniedException", reason.clone()),
        InvokeRefused::TooManyRequests => error(429, "TooManyRequestsException", "Rate Exceeded.".into()),
        InvokeRefused::Unavailable(reason) => error(502, "ServiceException", reason.clone()),
    }
}

fn too_large(bytes: usize) -> Response<Body> {
    error(
        413,
        "RequestTooLargeException",
        format!(
            "{bytes} byte payload is too large for the RequestResponse invocation type (limit {MAX_PAYLOAD_BYTES} bytes)"
        ),
    )
}

/// Lambda's REST protocol names the error in a header.
fn error(status: u16, kind: &str, message: String) -> Response<Body> {
    let fault = if status < 500 { "User" } else { "Service" };
    let mut response = AwsError::new(status, kind, message.clone())
        .with_header("x-amzn-errortype", kind.to_owned())
        .with_field("Type", fault.into())
        .with_field("Message", message.into())
        .into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::function_in;

    #[test]
    fn a_function_is_named_by_name_by_arn_or_with_a_qualifier() {
        let arn = "arn%3Aaws%3Alambda%3Aeu-central-1%3A000000000000%3Afunction%3Arelay%3Alive";
        for name in ["relay", "relay:live", "relay%3Alive", arn] {
            let path = format!("/2015-03-31/functions/{name}/invocations");
            assert_eq!(function_in(&path).as_deref(), Some("relay"), "{path}");
        }
        assert_eq!(function_in("/2015-03-31/functions/relay"), None);
        assert_eq!(function_in("/bucket/key"), None);
    }
}
