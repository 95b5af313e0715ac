//! `GET /functions`: every function of the catalogue and how it fares.

use std::sync::Arc;

use axum::{Router, extract::State, routing::get};
use catalog::{FUNCTIONS, Function, Head, Schedule, Trigger};
use chrono::{DateTime, Utc};
use look::{Card, Column, Status, Table, Tone, count};
use maud::{Markup, html};

use crate::{
    dashboard::{
        context::Context,
        page::{Place, live, page},
        recorder::{FunctionRecord, Phase},
        words,
    },
    processes,
};

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/functions", get(show))
}

async fn show(State(context): State<Arc<Context>>) -> Markup {
    let now = context.sources.clock.now();
    let heads = html! {
        @for head in Head::ALL {
            (Card::new().title(title(head)).flush().body(table(&context, head, now)))
        }
    };
    let lead = "They start on first use and stop when idle. Figures are since the runner's start.";
    page(Place::Functions, "Functions").lead(lead).body(live("functions", &heads))
}

fn title(head: Head) -> &'static str {
    match head {
        Head::Web => "Web: pages for customers",
        Head::Api => "API",
        Head::Admin => "Admin: pages for staff",
        Head::Jobs => "Jobs: queues, schedules, direct",
    }
}

fn table(context: &Context, head: Head, now: DateTime<Utc>) -> Markup {
    let columns = [
        Column::text("Function"),
        Column::text("Trigger"),
        Column::brief("State"),
        Column::number("Memory"),
        Column::number("Calls"),
        Column::number("Errors"),
        Column::number("p50"),
        Column::number("p99"),
        Column::brief("Last call"),
    ];
    let rows = FUNCTIONS.iter().filter(|function| function.head == head).map(|function| {
        let record = context.sources.recorder.function(function.name).unwrap_or_default();
        let figure =
            |percent| html! { @if let Some(took) = record.percentile(percent) { (words::took(took)) } };
        let memory = memory(&record);
        [
            html! { a href={ "/functions/" (function.name) } { (function.name) } },
            trigger(function),
            state(&record),
            html! { @if memory > 0 { (words::bytes(memory)) } },
            html! { @if record.calls > 0 { (count(record.calls)) } },
            html! { @if record.errors > 0 { span.bad { (count(record.errors)) } } },
            figure(50),
            figure(99),
            html! { @if let Some(at) = record.last_call { (words::ago(at, now)) } },
        ]
    });
    html! { div.functions { (Table::new(title(head), columns).rows(rows)) } }
}

/// What invokes it, in words.
pub(super) fn trigger(function: &Function) -> Markup {
    match function.trigger {
        Trigger::Http { method, path } => html! { span.method { (method.token()) } " " (words::path(path)) },
        Trigger::Queue(_) => html! { "messages of its queue" },
        Trigger::Schedule(Schedule::EveryMinutes(1)) => html! { "every minute" },
        Trigger::Schedule(Schedule::EveryMinutes(60)) => html! { "every hour" },
        Trigger::Schedule(Schedule::EveryMinutes(minutes)) => {
            html! { "every " (words::span(u64::from(minutes) * 60)) }
        }
        Trigger::Direct => html! { "direct invocation" },
    }
}

/// What its processes are about.
pub(super) fn state(record: &FunctionRecord) -> Markup {
    let number = |phase| record.processes.values().filter(|process| process.phase == phase).count();
    let (ready, starting) = (number(Phase::Ready), number(Phase::Starting));
    let badge = match (ready, starting) {
        (0, 0) if record.processes.is_empty() => Status::new(Tone::Neutral, "idle"),
        (0, 0) => Status::new(Tone::Neutral, "stopping"),
        (0, _) => Status::new(Tone::Active, "starting"),
        (1, 0) => Status::new(Tone::Good, "running"),
        _ => Status::new(Tone::Good, format!("{} processes", ready + starting)),
    };
    html! { (badge) }
}

/// Resident memory of its processes in bytes.
fn memory(record: &FunctionRecord) -> u64 {
    record.processes.keys().filter_map(|pid| processes::resident_bytes(*pid)).sum()
}
