//! `GET /functions/{name}`: one function: what invokes it, its processes, what went wrong, what it did lately.

use std::{fs, sync::Arc};

use axum::{
    Router,
    extract::{Path, Query, State},
    response::IntoResponse,
    routing::get,
};
use catalog::{Function, Trigger, names};
use chrono::{DateTime, Utc};
use look::{Card, Column, Facts, Icon, Notice, Status, Table, Tone, count};
use maud::{Markup, html};

use super::{Reply, functions, invocation, invocations, replay};
use crate::{
    dashboard::{
        code,
        context::Context,
        forms::Asked,
        page::{PageError, Place, live, nothing, page},
        recorder::{FunctionRecord, Phase, Trouble},
        words,
    },
    processes,
};

/// Rows of the lists here.
const ROWS: usize = 15;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/functions/{name}", get(show))
}

async fn show(State(context): State<Arc<Context>>, Path(name): Path<String>, Query(asked): Asked) -> Reply {
    let said = context.flashes.said(asked.get("said"));
    Ok(page_of(&context, &name, said, None)?.into_response())
}

/// The page, also for a form that was refused.
pub(super) fn page_of(
    context: &Context,
    name: &str,
    said: Option<Notice<'_>>,
    refused: Option<&replay::Refused<'_>>,
) -> Result<Markup, PageError> {
    let function = catalog::find(name).ok_or_else(|| {
        PageError::Missing(Place::Functions, format!("The catalogue has no function {name}."))
    })?;
    let record = context.sources.recorder.function(name).unwrap_or_default();
    let running = context.sources.recorder.running();
    let running = running.iter().filter(|i| i.function.as_deref() == Some(name)).count() as u64;
    let now = context.sources.clock.now();
    let sample = sample(context, name);
    let action = format!("/functions/{name}/invoke");
    let event = refused.map_or(sample.as_str(), |refused| refused.event);
    let body = html! {
        (live("function", &html! {
            (Card::new().body(facts(function, &record, running, now)))
            (trouble("Last panic", record.last_panic.as_ref(), now))
            (trouble("Last trouble", record.last_trouble.as_ref(), now))
            (processes_card(&record, now))
            (latest(context, name, now))
            (log(&record, context))
        }))
        (Card::new().title("Invoke").lead("With an event of its kind; the sample of the repository stands here.")
            .body(replay::form(&action, "Invoke", event, refused.map(|refused| refused.errors))))
    };
    let mut page = page(Place::Functions, name.to_owned()).back("Functions", "/functions").notice(said);
    if let Some(refused) = refused {
        page = page.errors(refused.errors);
    }
    Ok(page.body(body))
}

fn facts(function: &Function, record: &FunctionRecord, running: u64, now: DateTime<Utc>) -> Markup {
    let percentiles = [50, 99].map(|percent| record.percentile(percent).map_or("–".to_owned(), words::took));
    let calls =
        format!("{}, {} failed, {} running", count(record.calls), count(record.errors), count(running));
    let mut facts = Facts::new()
        .fact("State", functions::state(record))
        .fact("Trigger", functions::trigger(function))
        .fact("Calls", html! { (calls) })
        .fact("p50 / p99", html! { (percentiles.join(" / ")) })
        .fact("Last call", html! { @match record.last_call { Some(at) => (words::ago(at, now)), None => "none yet" } })
        .fact("Time-out", html! { (words::span(u64::from(function.timeout_ms) / 1000)) })
        .fact("Memory", html! { (function.memory_mib) " MiB a process" })
        .fact("At once", html! { (function.concurrency) " a process, " (function.processes.max) " at most" })
        .fact("Database", html! { (format!("{:?}", function.database_role).to_lowercase()) @if function.database_connections > 0 { ", " (look::plural(u64::from(function.database_connections), "connection", "connections")) } });
    if matches!(function.trigger, Trigger::Queue(_) | Trigger::Schedule(_)) {
        for (label, queue) in [
            ("Queue", names::queue(function.name)),
            ("Dead letters", names::dead_letter_queue(function.name)),
        ] {
            facts = facts.fact(label, html! { a href={ "/queues/" (queue) } { (queue) } });
        }
    }
    if matches!(function.trigger, Trigger::Schedule(_)) {
        facts = facts.fact("Schedule", html! { a href="/schedules" { (names::schedule(function)) } });
    }
    html! { (facts) }
}

fn trouble(title: &str, trouble: Option<&Trouble>, now: DateTime<Utc>) -> Markup {
    html! {
        @if let Some(trouble) = trouble {
            (Card::new().title(title.to_owned()).body(html! {
                p.aside { (words::ago(trouble.at, now)) }
                (code::block(title, &trouble.text))
            }))
        }
    }
}

fn processes_card(record: &FunctionRecord, now: DateTime<Utc>) -> Markup {
    let columns = [
        Column::number("Process"),
        Column::brief("State"),
        Column::number("Memory"),
        Column::number("Start took"),
        Column::brief("Started"),
    ];
    let rows = record.processes.iter().map(|(pid, process)| {
        let (tone, word) = match process.phase {
            Phase::Starting => (Tone::Active, "starting"),
            Phase::Ready => (Tone::Good, "ready"),
            Phase::Retiring => (Tone::Neutral, "stopping"),
        };
        [
            html! { (pid) },
            html! { (Status::new(tone, word)) },
            html! { @if let Some(bytes) = processes::resident_bytes(*pid) { (words::bytes(bytes)) } },
            html! { @if let Some(took) = process.ready_after { (words::took(took)) } },
            words::ago(process.started, now),
        ]
    });
    html! {
        @if !record.processes.is_empty() {
            (Card::new().title("Processes").flush().body(html! { (Table::new("Processes", columns).rows(rows)) }))
        }
    }
}

fn latest(context: &Context, name: &str, now: DateTime<Utc>) -> Markup {
    let all = context.sources.recorder.invocations();
    let of_it: Vec<_> = all.into_iter().filter(|i| i.function.as_deref() == Some(name)).take(ROWS).collect();
    Card::new().title("Latest invocations").flush().body(html! {
        @if of_it.is_empty() { (nothing(Icon::Activity, "Not invoked yet", "Invoke it below, or by what triggers it.")) }
        @else { (invocations::table(&of_it, now)) }
    })
}

fn log(record: &FunctionRecord, context: &Context) -> Markup {
    let skipped = record.lines.len().saturating_sub(40);
    html! {
        @if !record.lines.is_empty() {
            (Card::new().title("Latest log lines").flush().body(invocation::lines(record.lines.iter().skip(skipped), context)))
        }
    }
}

/// The event of the repository, or an empty one.
fn sample(context: &Context, name: &str) -> String {
    let path = context.sources.project.join("events").join(name).join("event.json");
    let text = fs::read_to_string(path).unwrap_or_else(|_| "{}".to_owned());
    code::pretty(&text)
}
