//! One request, from its head to its answer.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::Utc;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout};

use super::{
    Answer, Peer,
    body::AnswerBody,
    caller, compression,
    error_page::{self, REQUEST_ID, Trouble},
    streamed, trace,
};
use crate::{
    event::{alb, http_request, http_response, rest_api},
    function::{self, Failure, Invocation, InvocationId},
    host::{Host, Table},
    intercept::{Intercept, Passage},
    manifest::EventFormat,
    observer::HttpRecord,
    routing::{Route, Routed},
};

/// Why the adapter answers by itself, and what only the log may know.
struct Refusal {
    trouble: Trouble,
    route: Option<Arc<Route>>,
    reason: Option<String>,
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, route: None, reason: None, header: None }
    }
}

/// Answers one request; the observer is told when the answer has ended.
pub(super) async fn answer(host: &Arc<Host>, peer: Peer, request: Request<Incoming>) -> Answer {
    let started = Instant::now();
    let id = InvocationId::new();
    let (mut parts, body) = request.into_parts();
    let authority = caller::authority(&parts.uri, &parts.headers);
    let authority_text = authority.as_ref().and_then(|value| value.to_str().ok());
    let name = authority_text.map(caller::host_of).unwrap_or_default();
    let authority = authority.as_ref().filter(|_| !name.is_empty());
    let asked = Asked { peer, host: name, authority, id, intercept: host.hosting.intercept.as_deref() };
    let (mut answer, route, error) = match handle(host, asked, &mut parts, body).await {
        Ok((answer, route)) => (answer, Some(route), None),
        Err(refusal) => {
            let mut answer = refusal.trouble.answer(&parts.headers, id.as_str());
            if let Some((name, value)) = refusal.header.map(|header| *header) {
                answer.headers_mut().insert(name, value);
            }
            (answer.map(AnswerBody::whole), refusal.route, refusal.reason)
        }
    };
    if let Some(intercept) = asked.intercept {
        answer = intercepted(intercept, answer);
    }
    let bytes = finish(&mut answer, &parts.method, id);
    if !host.is_ready() {
        // Whoever keeps connections open is to open the next one elsewhere.
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let record = HttpRecord {
        method: parts.method.as_str().into(),
        host: name.into(),
        path: parts.uri.path().into(),
        status: answer.status().as_u16(),
        function: route.as_deref().map(|route| route.function.as_str().into()),
        duration: started.elapsed(),
        bytes,
        request_id: id.as_str().into(),
        error,
    };
    answer.map(|body| body.told_of(&host.hosting.observer, record, started))
}

/// What is known about a request besides its parts.
#[derive(Clone, Copy)]
struct Asked<'a> {
    peer: Peer,
    host: &'a str,
    authority: Option<&'a HeaderValue>,
    id: InvocationId,
    intercept: Option<&'a dyn Intercept>,
}

async fn handle(
    host: &Host,
    about: Asked<'_>,
    parts: &mut Parts,
    body: Incoming,
) -> Result<(Answer, Arc<Route>), Refusal> {
    let (table, admitted, mark) = match pass(host, about, parts).await {
        Ok(Passed::Admitted(table, admitted, mark)) => (table, admitted, mark),
        Ok(Passed::Answered(answer, route)) => {
            drain(body);
            return Ok((answer, route));
        }
        Err(refusal) => {
            // Whoever waits for `100 Continue` has sent nothing yet and need not.
            if !parts.headers.contains_key(header::EXPECT) {
                drain(body);
            }
            return Err(refusal);
        }
    };
    let ((route, path_parameters), table) = (admitted, &*table);
    let named = |refusal: Refusal| Refusal { route: Some(Arc::clone(&route)), ..refusal };
    let body = read_body(table, body).await.map_err(|trouble| named(trouble.into()))?;
    let source_ip = caller::address(&parts.headers, about.peer, table.trusted_proxy_hops);
    let trace_id = complete_headers(table, about, &mut parts.headers);
    let circumstances = http_request::Circumstances {
        route_key: &route.key,
        path_parameters: &path_parameters,
        host: about.host,
        source_ip,
        request_id: about.id.as_str(),
        account_id: &table.account_id,
        time: Utc::now(),
    };
    let payload = Bytes::from(match route.event {
        EventFormat::HttpApi => http_request::event(parts, &body, &circumstances),
        EventFormat::RestApi => rest_api::event(parts, &body, &circumstances),
        EventFormat::Alb => alb::event(parts, &body, &target_group_arn(table, &route)),
        EventFormat::AlbSingleValue => {
            alb::single_value_event(parts, &body, &target_group_arn(table, &route))
        }
    });
    let invocation = Invocation { id: about.id, ..Invocation::new(payload, trace_id) };
    let function = table.functions.get(&route.function).ok_or(error_page::UNAVAILABLE)?;
    let answered = function.invoke(invocation).await.map_err(|failure| named(refusal(&failure)))?;
    let response = match answered {
        function::Answer::Whole(payload) => match http_response::parse(&payload, route.event) {
            Ok(whole) => {
                let spec = table.compression.as_ref().filter(|_| route.compress);
                Ok(compression::apply(spec, &parts.headers, whole).await.map(AnswerBody::whole))
            }
            Err(invalid) => Err(invalid),
        },
        function::Answer::Streamed(stream) => {
            streamed::response(stream).await.map_err(|failure| named(refusal(&failure)))?
        }
    };
    match response {
        Ok(mut response) => {
            response.headers_mut().extend(mark);
            Ok((response, Arc::clone(&route)))
        }
        Err(invalid) => {
            let refusal = Refusal { reason: Some(invalid.to_string()), ..error_page::BAD_GATEWAY.into() };
            Err(named(refusal))
        }
    }
}

/// What became of a request before its body was read.
enum Passed {
    /// It goes on, and its answer gets this header.
    Admitted(Arc<Table>, Admitted, Option<(HeaderName, HeaderValue)>),
    Answered(Answer, Arc<Route>),
}

/// Finds the route, and lets the hosting program hold the request back.
async fn pass(host: &Host, about: Asked<'_>, parts: &Parts) -> Result<Passed, Refusal> {
    let table = host.table();
    let admitted = admit(&table, about, parts)?;
    let route = Arc::clone(&admitted.0);
    let passage = match about.intercept.and_then(|intercept| intercept.request(&route.function, parts)) {
        Some(held) => held.await,
        None => return Ok(Passed::Admitted(table, admitted, None)),
    };
    let mark = match passage {
        Passage::Free => None,
        Passage::Marked(name, value) => Some((name, value)),
        Passage::Answered(answer) => {
            return Ok(Passed::Answered(answer.map(AnswerBody::whole), route));
        }
    };
    let table = host.table();
    let admitted = admit(&table, about, parts)?;
    Ok(Passed::Admitted(table, admitted, mark))
}

/// Shows a whole answer to the hosting program, if it wants to see it.
fn intercepted(intercept: &dyn Intercept, answer: Answer) -> Answer {
    let (mut head, body) = answer.into_parts();
    if !intercept.wants(&head) {
        return Answer::from_parts(head, body);
    }
    let body = body.changed(|bytes| intercept.whole(&mut head, bytes));
    Answer::from_parts(head, body)
}

/// Adds what a gateway adds; returns the trace.
fn complete_headers(table: &Table, about: Asked<'_>, headers: &mut HeaderMap) -> String {
    caller::forward(headers, about.peer, table.trusted_proxy_hops);
    let trace_id = trace::of(headers);
    if let Ok(value) = HeaderValue::from_str(&trace_id) {
        headers.insert(trace::HEADER, value);
    }
    if let Some(value) = about.authority.filter(|value| !headers.get_all(header::HOST).iter().eq([*value])) {
        headers.insert(header::HOST, value.clone());
    }
    trace_id
}

type Admitted = (Arc<Route>, Vec<(String, String)>);

/// Checks the head and finds the route.
fn admit(table: &Table, about: Asked<'_>, parts: &Parts) -> Result<Admitted, Refusal> {
    if head_bytes(parts) > table.limits.max_header_bytes {
        return Err(error_page::HEAD_TOO_LARGE.into());
    }
    match parts.method {
        Method::CONNECT => {
            return Err(not_allowed(&["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]));
        }
        Method::TRACE => return Err(error_page::NOT_IMPLEMENTED.into()),
        _ => {}
    }
    let needs_host = parts.version != http::Version::HTTP_10 || parts.headers.contains_key(header::HOST);
    if about.authority.is_none() && needs_host {
        return Err(error_page::BAD_REQUEST.into());
    }
    let declared =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    match table.router.find(about.host, &parts.method, parts.uri.path()) {
        Routed::UnknownHost => Err(error_page::UNKNOWN_HOST.into()),
        Routed::UnknownPath => Err(error_page::UNKNOWN_PATH.into()),
        Routed::MethodNotAllowed(allowed) => Err(not_allowed(&allowed)),
        Routed::To(route, _) if declared.is_some_and(|n| n > table.limits.max_body_bytes as u64) => {
            let trouble = error_page::BODY_TOO_LARGE.limited_to(table.limits.max_body_bytes);
            Err(Refusal { route: Some(route), ..trouble.into() })
        }
        Routed::To(route, parameters) => Ok((route, parameters)),
    }
}

fn not_allowed(methods: &[impl AsRef<str>]) -> Refusal {
    let list = methods.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    let header = HeaderValue::from_str(&list).ok().map(|value| Box::new((header::ALLOW, value)));
    Refusal { header, ..error_page::METHOD_NOT_ALLOWED.into() }
}

fn head_bytes(parts: &Parts) -> usize {
    let target = parts.uri.path().len() + parts.uri.query().map_or(0, str::len);
    parts.headers.iter().fold(target, |sum, (name, value)| sum + name.as_str().len() + value.len() + 4)
}

async fn read_body(table: &Table, mut body: Incoming) -> Result<Bytes, Trouble> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let limited = Limited::new(&mut body, table.limits.max_body_bytes).collect();
    match timeout(table.limits.body_timeout, limited).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Err(_) => Err(error_page::BODY_TIMEOUT),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            drain(body);
            Err(error_page::BODY_TOO_LARGE.limited_to(table.limits.max_body_bytes))
        }
        Ok(Err(_)) => Err(error_page::BAD_REQUEST),
    }
}

/// A client that is still sending sees the answer only if it can go on sending for a while.
fn drain(mut body: Incoming) {
    const AT_MOST: Duration = Duration::from_secs(5);
    tokio::spawn(timeout(AT_MOST, async move { while let Some(Ok(_)) = body.frame().await {} }));
}

fn target_group_arn(table: &Table, route: &Route) -> String {
    let (region, account) = (&table.region, &table.account_id);
    format!("arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{}/adapter", route.function)
}

fn refusal(failure: &Failure) -> Refusal {
    let retry =
        |after: Duration| Some(Box::new((header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)))));
    let (trouble, header) = match failure {
        Failure::TimedOut { .. } => (error_page::TIMED_OUT, None),
        Failure::CannotStart { retry_after, .. } => (error_page::UNAVAILABLE, retry(*retry_after)),
        unseen if unseen.never_started() => (error_page::UNAVAILABLE, retry(Duration::from_secs(1))),
        _ => (error_page::BAD_GATEWAY, None),
    };
    Refusal { trouble, route: None, reason: Some(failure.to_string()), header }
}

/// What every answer gets; returns the length of its body, as far as it is known.
fn finish(answer: &mut Answer, method: &Method, id: InvocationId) -> u64 {
    let length = answer.body().length();
    let bodiless = matches!(answer.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if let Some(length) = length.filter(|_| !bodiless) {
        answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    if method == Method::HEAD || bodiless {
        *answer.body_mut() = AnswerBody::whole(Bytes::new());
        return 0;
    }
    length.unwrap_or_default()
}
