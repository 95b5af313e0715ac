//! The Lambda runtime loop around a router.

use std::{convert::Infallible, process::ExitCode};

use axum::{Router, body::Body as AxumBody};
use catalog::Function;
use http::{Request, Response};
use http_body_util::BodyExt;
use lambda_http::{Body, RequestExt, service_fn};
use tower::ServiceExt;
use tracing::Instrument;

use super::{ClientAddress, RequestId};
use crate::{Configuration, telemetry, trace};

/// Starts up, builds the router, and serves it. A function that cannot start says why and exits with 1; the
/// host in front of it answers 503 then.
pub(super) fn run(
    function: &'static Function,
    build: impl AsyncFnOnce(Configuration) -> Result<Router, String>,
) -> ExitCode {
    let configuration = match Configuration::from_environment(function) {
        Ok(configuration) => configuration,
        Err(error) => return fail(&error.to_string()),
    };
    telemetry::start(&configuration);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a process that may open files gets an event loop");
    let served = runtime.block_on(async move {
        let router = build(configuration).await?;
        let service = service_fn(move |request| handle(router.clone(), function.name, request));
        lambda_http::run_concurrent(service).await.map_err(|error| error.to_string())
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

#[expect(clippy::print_stderr, reason = "before the logs are set up there is nothing else")]
pub(crate) fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

async fn handle(
    router: Router,
    function: &'static str,
    mut request: lambda_http::Request,
) -> Result<Response<Body>, Infallible> {
    let address = ClientAddress::of(&request);
    let context = request.lambda_context_ref();
    let trace_id = context.and_then(|context| context.xray_trace_id.clone());
    let id = RequestId(context.map(|context| context.request_id.clone()).unwrap_or_default());
    let span = tracing::info_span!(
        "request",
        function,
        request_id = id.0,
        trace_id,
        method = %request.method(),
        path = request.uri().path(),
    );
    request.extensions_mut().insert(address);
    request.extensions_mut().insert(id);
    let answered = router.oneshot(to_axum(request)).instrument(span);
    let response = trace::within(trace_id, answered).await.unwrap_or_else(|never| match never {});
    Ok(to_lambda(response).await)
}

fn to_axum(request: lambda_http::Request) -> Request<AxumBody> {
    request.map(|body| match body {
        Body::Text(text) => AxumBody::from(text),
        Body::Binary(bytes) => AxumBody::from(bytes),
        _ => AxumBody::empty(),
    })
}

/// Text travels as it is, anything else in base64.
async fn to_lambda(response: Response<AxumBody>) -> Response<Body> {
    let (parts, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) => {
            tracing::error!(%error, "the response's body broke off");
            return Response::builder().status(500).body(Body::Empty).unwrap_or_default();
        }
    };
    let body = match String::from_utf8(bytes.into()) {
        Ok(text) if text.is_empty() => Body::Empty,
        Ok(text) => Body::Text(text),
        Err(binary) => Body::Binary(binary.into_bytes()),
    };
    Response::from_parts(parts, body)
}
