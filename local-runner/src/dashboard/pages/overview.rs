//! `GET /`: how everything fares, and what to look at first.

use std::sync::Arc;

use axum::{Router, extract::State, routing::get};
use catalog::{FUNCTIONS, Host, names};
use look::{Card, Column, Icon, Stat, Stats, Table, count, plural};
use maud::{Markup, html};

use super::{invocations, result};
use crate::dashboard::{
    context::Context,
    page::{Place, live, nothing, page},
    recorder::Invocation,
    words,
};

/// Rows of the lists here.
const ROWS: usize = 12;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/", get(show))
}

async fn show(State(context): State<Arc<Context>>) -> Markup {
    let invocations = context.sources.recorder.invocations();
    let running = context.sources.recorder.running().len() as u64;
    let parts = html! {
        (figures(&context, &invocations, running))
        (trouble(&context, &invocations))
        (Card::new().title("Latest invocations").flush().body(html! {
            @if invocations.is_empty() {
                (nothing(Icon::Activity, "Nothing was invoked yet", "Open the app or call the API: every request appears here."))
            } @else {
                (invocations::table(&invocations[..invocations.len().min(ROWS)], context.sources.clock.now()))
            }
        }))
    };
    page(Place::Overview, "Overview").actions(doors(context.sources.http_port)).body(live("overview", &parts))
}

/// Where the application is.
fn doors(port: u16) -> Markup {
    html! {
        @for (label, host) in [("App", Host::App), ("API", Host::Api), ("Admin", Host::Admin)] {
            (look::Button::link(label, names::local_url(host, port)).secondary().small())
        }
    }
}

fn figures(context: &Context, invocations: &[Arc<Invocation>], running: u64) -> Markup {
    let failed = invocations.iter().filter(|invocation| invocation.failed).count() as u64;
    let known = FUNCTIONS.iter().filter_map(|function| context.sources.recorder.function(function.name));
    let processes: usize = known.map(|record| record.processes.len()).sum();
    let (mut waiting, mut dead) = (0, 0);
    for (name, depth) in context.sources.aws.queues() {
        let messages = depth.ready + depth.in_flight + depth.delayed;
        *(if name.ends_with("-dead-letters") { &mut dead } else { &mut waiting }) += messages;
    }
    let mail = context.sources.mailbox.list().len() as u64;
    html! {
        (Stats::new([
            Stat::new("Invocations", count(invocations.len() as u64)).note(format!("{running} running, {failed} failed")).href("/invocations"),
            Stat::new("Processes", count(processes as u64)).note(format!("of {} functions", FUNCTIONS.len())).href("/functions"),
            Stat::new("Messages", count(waiting as u64)).note(plural(dead as u64, "dead letter", "dead letters")).href("/queues"),
            Stat::new("Mail", count(mail)).note("caught, never sent").href("/mail"),
        ]))
    }
}

/// What failed last, and what is left of it.
fn trouble(context: &Context, invocations: &[Arc<Invocation>]) -> Markup {
    let failed: Vec<_> = invocations.iter().filter(|invocation| invocation.failed).take(4).collect();
    let now = context.sources.clock.now();
    let columns = [Column::text("What"), Column::brief("Result"), Column::text("Why"), Column::brief("When")];
    let rows = failed.iter().map(|invocation| {
        let why = result::why(invocation);
        [
            html! { a href={ "/invocations/" (invocation.request_id) } { (result::title(invocation)) } },
            result::badge(invocation),
            html! { span.foreign { (why) } },
            words::ago(invocation.started, now),
        ]
    });
    html! {
        @if !failed.is_empty() {
            (Card::new().title("Failed").flush().body(html! { (Table::new("Failed invocations", columns).rows(rows)) }))
        }
    }
}
