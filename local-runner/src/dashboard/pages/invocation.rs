//! `GET /invocations/{id}`: one invocation with everything that is known of it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    response::IntoResponse,
    routing::get,
};
use bytes::Bytes;
use look::{Card, Column, Facts, Notice, Page, Table};
use maud::{Markup, html};
use serde_json::Value;

use super::{Reply, replay, result, trace, waterfall};
use crate::dashboard::{
    code,
    context::Context,
    forms::Asked,
    page::{PageError, Place, live, page},
    recorder::{Cause, Invocation, Line, StreamedAnswer},
    redact, words,
};

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/invocations/{id}", get(show))
}

async fn show(State(context): State<Arc<Context>>, Path(id): Path<String>, Query(asked): Asked) -> Reply {
    let invocation = find(&context, &id)?;
    let secrets = asked.get("secrets").is_some_and(|value| value == "shown");
    let body = html! {
        (live("invocation", &html! {
            (facts(&invocation, &context))
            @if let Some(error) = &invocation.error {
                (Notice::error("The adapter answered in the function's place.").details(code::block("Error", error)))
            }
            (chaos(&invocation, &context))
            (trace::card(&invocation, &context))
            (waterfall::card(&invocation))
            (logs(&invocation, &context))
        }))
        div.pair {
            (part("Event", "What the function got", invocation.event.as_ref(), secrets, None))
            (part("Answer", "What it gave back", invocation.answer.as_ref(), secrets, no_answer(&invocation)))
        }
        @if let Some(streamed) = &invocation.streamed { (how_streamed(&invocation, *streamed)) }
        (secrets_switch(&invocation, secrets))
        (replay::card(&invocation, None))
    };
    Ok(frame(&invocation, &context, &asked).body(body).into_response())
}

/// The invocation, or the page that says that it is gone.
pub(super) fn find(context: &Context, id: &str) -> Result<Arc<Invocation>, PageError> {
    context.sources.recorder.invocation(id).ok_or_else(|| {
        let what = format!(
            "There is no invocation {id} any more: the last 500 are kept, and none across a restart."
        );
        PageError::Missing(Place::Invocations, what)
    })
}

/// Heading and way back.
pub(super) fn frame<'a>(
    invocation: &Invocation,
    context: &Context,
    asked: &std::collections::BTreeMap<String, String>,
) -> Page<'a> {
    page(Place::Invocations, result::title(invocation))
        .back("Invocations", "/invocations")
        .notice(context.flashes.said(asked.get("said")))
}

fn facts(invocation: &Invocation, context: &Context) -> Markup {
    let mut facts = Facts::new()
        .fact("Result", result::badge(invocation))
        .fact("Function", html! {
            @if let Some(name) = &invocation.function { a href={ "/functions/" (name) } { (name) } } @else { "no route" }
        })
        .fact("Took", html! { (words::took(invocation.duration)) })
        .fact("When", words::clock(invocation.started, context.sources.clock.now()));
    facts = match &invocation.cause {
        Some(Cause::Http { host, bytes, .. }) => {
            facts.fact("Host", html! { (host) }).fact("Answer", html! { (words::bytes(*bytes)) })
        }
        Some(Cause::Queue { url, .. } | Cause::Message { url }) => {
            let name = url.rsplit('/').next().unwrap_or_default();
            facts.fact("Queue", html! { a href={ "/queues/" (name) } { (name) } })
        }
        Some(Cause::Repeated { of }) => {
            facts.fact("Repeats", html! { a href={ "/invocations/" (of) } { code { (of) } } })
        }
        Some(Cause::Direct) | None => facts,
    };
    let facts = facts
        .fact("Request id", html! { code { (invocation.request_id) } })
        .fact("Trace", html! { code { (invocation.trace_id) } });
    Card::new().body(html! { (facts) })
}

/// What chaos did to it, so that nobody looks for the cause elsewhere.
fn chaos(invocation: &Invocation, context: &Context) -> Markup {
    let now = context.sources.clock.now();
    let columns =
        [Column::brief("Time"), Column::text("Called"), Column::text("What was done"), Column::text("Rule")];
    let rows = invocation.injected.iter().map(|injected| {
        [
            words::clock(injected.at, now),
            html! { code { (injected.called) } },
            html! { span.chaos-mark { (injected.what) } },
            html! { code { (injected.rule) } },
        ]
    });
    html! {
        @if !invocation.injected.is_empty() {
            (Card::new().title("Chaos").lead("This was done to it on purpose.").flush()
                .body(html! { (Table::new("Injected faults", columns).rows(rows)) }))
        }
    }
}

fn logs(invocation: &Invocation, context: &Context) -> Markup {
    Card::new().title("Log").flush().body(html! {
        @if invocation.lines.is_empty() { p.table-note { "It logged nothing." } }
        @else { (lines(invocation.lines.iter(), context)) }
    })
}

/// Log lines; used for a function's as well.
pub(super) fn lines<'a>(lines: impl Iterator<Item = &'a Line>, context: &Context) -> Markup {
    let now = context.sources.clock.now();
    let columns = [Column::brief("Time"), Column::brief("Level"), Column::text("Message")];
    let rows = lines.map(|line| {
        [
            words::clock(line.at, now),
            html! { @if let Some(level) = &line.level { span.level data-level=(level) { (level) } } },
            html! { span.log-message { (line.message) } @if !line.fields.is_empty() { " " span.log-fields { (line.fields) } } },
        ]
    });
    html! { div.log tabindex="0" role="group" aria-label="Log lines" { (Table::new("Log lines", columns).rows(rows)) } }
}

fn how_streamed(invocation: &Invocation, streamed: StreamedAnswer) -> Markup {
    let kept = invocation.answer.as_ref().map_or(0, Bytes::len) as u64;
    html! {
        p.aside {
            "The answer was streamed: " (words::bytes(streamed.length))
            @if kept < streamed.length { ", of which the first " (words::bytes(kept)) " are kept" }
            @if invocation.cause.is_some() && !streamed.whole { ". It was not read to its end" }
            "."
        }
    }
}

fn no_answer(invocation: &Invocation) -> Option<&'static str> {
    match (&invocation.answer, &invocation.cause) {
        (None, None) => Some("It is still running."),
        (None, Some(_)) if invocation.streamed.is_some() => Some("It is still being streamed."),
        (None, Some(_)) => Some("There is none."),
        _ => None,
    }
}

fn part(title: &str, label: &str, bytes: Option<&Bytes>, secrets: bool, instead: Option<&str>) -> Markup {
    Card::new().title(title.to_owned()).body(html! {
        @match bytes {
            Some(bytes) => {
                @let shown = shown(bytes, secrets);
                (code::block(label, &shown.text))
                @if let Some(body) = shown.body { h3 { "Its body" } (code::block("Body", &body)) }
            }
            None => p.aside { (instead.unwrap_or("Not known.")) },
        }
    })
}

/// An event or an answer as it is shown.
pub(super) struct Shown {
    pub(super) text: String,
    /// A body that is hard to read within JSON.
    body: Option<String>,
}

pub(super) fn shown(bytes: &Bytes, secrets: bool) -> Shown {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return streamed(bytes, secrets);
    };
    let value = if secrets { value } else { redact::hide(&value) };
    let body = value.get("body").and_then(Value::as_str).filter(|body| !body.is_empty());
    let encoded = value.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    let body = body.map(|body| if encoded { decoded(body, secrets) } else { code::pretty(body) });
    Shown { text: serde_json::to_string_pretty(&value).unwrap_or_default(), body }
}

/// Between the prelude of a streamed answer and its body (Lambda: "Response streaming for Lambda functions").
const PRELUDE_ENDS: [u8; 8] = [0; 8];

/// What is no JSON: plain text, or a streamed answer with its prelude.
fn streamed(bytes: &Bytes, secrets: bool) -> Shown {
    let end = bytes.windows(PRELUDE_ENDS.len()).position(|window| window == PRELUDE_ENDS);
    let prelude = end.and_then(|end| serde_json::from_slice::<Value>(&bytes[..end]).ok().zip(Some(end)));
    let Some((prelude, end)) = prelude else {
        return Shown { text: String::from_utf8_lossy(bytes).into_owned(), body: None };
    };
    let prelude = if secrets { prelude } else { redact::hide(&prelude) };
    let body = code::pretty(&String::from_utf8_lossy(&bytes[end + PRELUDE_ENDS.len()..]));
    Shown { text: serde_json::to_string_pretty(&prelude).unwrap_or_default(), body: Some(body) }
}

fn decoded(body: &str, secrets: bool) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(body).unwrap_or_default();
    match String::from_utf8(bytes) {
        Ok(text) if secrets => code::pretty(&text),
        Ok(text) => code::pretty(&redact::body(&text)),
        Err(binary) => format!("{} of binary data", words::bytes(binary.as_bytes().len() as u64)),
    }
}

fn secrets_switch(invocation: &Invocation, secrets: bool) -> Markup {
    let path = format!("/invocations/{}", invocation.request_id);
    html! {
        p.aside {
            @if secrets { "Secrets are shown. " a href=(path) { "Hide them" } }
            @else { "Credentials and passwords are hidden. " a href={ (path) "?secrets=shown" } { "Show them" } }
        }
    }
}
