//! `GET /invocations`: what ran lately, the latest first.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use chrono::{DateTime, Utc};
use look::{Card, Column, Field, Icon, Table, plural};
use maud::{Markup, html};

use super::result;
use crate::dashboard::{
    context::Context,
    forms::Asked,
    page::{Place, live, nothing, page},
    recorder::{Cause, Invocation},
    words,
};

/// Rows on the page.
const ROWS: usize = 100;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/invocations", get(show))
}

async fn show(State(context): State<Arc<Context>>, Query(asked): Asked) -> Markup {
    let recorder = &context.sources.recorder;
    let running = recorder.running();
    let all = [running.clone(), recorder.invocations()].concat();
    let text = |name: &str| asked.get(name).map(|value| value.trim().to_lowercase()).unwrap_or_default();
    let (query, outcome) = (text("q"), text("outcome"));
    let mut found: Vec<_> = all.iter().filter(|i| matches(i, &query, &outcome)).cloned().collect();
    let number = found.len() as u64;
    found.truncate(ROWS);
    let list = html! {
        @if all.is_empty() {
            (nothing(Icon::Activity, "Nothing was invoked yet", "Requests, messages, fires of schedules and direct invocations appear here."))
        } @else if found.is_empty() {
            (nothing(Icon::Search, "Nothing matches", "Ask for less, or for all outcomes."))
        } @else {
            (table(&found, context.sources.clock.now()))
            p.table-note { (plural(number, "invocation", "invocations")) @if !running.is_empty() { ", " (running.len()) " running now" } @if number > ROWS as u64 { ", the latest " (ROWS) " shown" } }
        }
    };
    page(Place::Invocations, "Invocations").lead("What ran lately. The last 500 are kept, in memory.").body(
        html! {
            (filter(&query, &outcome))
            (live("invocations", &Card::new().flush().body(list)))
        },
    )
}

fn filter(query: &str, outcome: &str) -> Markup {
    html! {
        form.filter action="/invocations" method="get" role="search" {
            (Field::text("q", "Function, path or request id").value(query).optional())
            (Field::select("outcome", "Outcome", [("", "All"), ("failed", "Failed"), ("refused", "Refused or failed"), ("running", "Running"), ("chaos", "Disturbed by chaos")]).value(outcome))
            (look::Button::submit("Show").secondary())
        }
    }
}

fn matches(invocation: &Invocation, query: &str, outcome: &str) -> bool {
    let refused = matches!(invocation.cause, Some(Cause::Http { status: 400.., .. }));
    let fits = match outcome {
        "running" => invocation.cause.is_none(),
        "chaos" => !invocation.injected.is_empty(),
        "failed" => invocation.failed,
        "refused" => invocation.failed || refused,
        _ => true,
    };
    let function = invocation.function.as_deref().unwrap_or("no route");
    let text = [function, &invocation.request_id, &invocation.trace_id, &result::title(invocation)];
    fits && (query.is_empty() || text.iter().any(|text| text.to_lowercase().contains(query)))
}

/// Rows of invocations; used wherever some are listed.
pub(super) fn table(invocations: &[Arc<Invocation>], now: DateTime<Utc>) -> Markup {
    let columns = [
        Column::brief("Time"),
        Column::text("What"),
        Column::text("Function"),
        Column::brief("Result"),
        Column::number("Took"),
        Column::number("SQL"),
    ];
    let rows = invocations.iter().map(|invocation| {
        let statements = invocation.spans.iter().filter(|span| span.kind == crate::dashboard::recorder::Kind::Sql).count();
        [
            html! { a href={ "/invocations/" (invocation.request_id) } { (words::clock(invocation.started, now)) } },
            result::subject(invocation),
            html! { @if let Some(name) = &invocation.function { a href={ "/functions/" (name) } { (name) } } @else { span.aside { "no route" } } },
            html! { (result::badge(invocation)) @if !invocation.injected.is_empty() { " " span.chaos-mark { "chaos" } } },
            html! { @if invocation.cause.is_some() { (words::took(invocation.duration)) } },
            html! { @if statements > 0 { (statements) } },
        ]
    });
    html! { (Table::new("Invocations", columns).rows(rows)) }
}
