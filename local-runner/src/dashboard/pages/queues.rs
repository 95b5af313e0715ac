//! `GET /queues`: all queues with what they hold.

use std::sync::Arc;

use axum::{Router, extract::State, routing::get};
use look::{Card, Column, Icon, Table, count};
use maud::{Markup, html};

use crate::dashboard::{
    context::Context,
    page::{Place, live, nothing, page},
    words,
};

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/queues", get(show))
}

async fn show(State(context): State<Arc<Context>>) -> Markup {
    let all = context.sources.aws.queues();
    let (dead, work): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| is_dead_letters(name));
    let body = html! {
        @if work.is_empty() && dead.is_empty() {
            (nothing(Icon::Queue, "No queues", "Functions with a queue or a schedule have one each."))
        } @else {
            (Card::new().flush().body(table(&context, "Queues", &work)))
            (Card::new().title("Dead letters").lead("Messages that failed as often as they may.").flush()
                .body(table(&context, "Dead-letter queues", &dead)))
        }
    };
    page(Place::Queues, "Queues").body(live("queues", &body))
}

/// Whether other queues' failed messages end here, by our names.
pub(super) fn is_dead_letters(name: &str) -> bool {
    name.ends_with("-dead-letters") || name.ends_with("-dead-letters.fifo")
}

fn table(context: &Context, caption: &str, queues: &[(String, crate::aws::Depth)]) -> Markup {
    let columns = [
        Column::text("Queue"),
        Column::number("Ready"),
        Column::number("In flight"),
        Column::number("Delayed"),
        Column::number("Oldest"),
    ];
    let now = context.sources.schedules.now().timestamp_millis();
    let rows = queues.iter().map(|(name, depth)| {
        let figure = |number: usize| html! { span.zero[number == 0] { (count(number as u64)) } };
        let oldest = context.sources.aws.oldest_message(name);
        [
            html! { a href={ "/queues/" (words::escaped(name)) } { (name) } },
            figure(depth.ready),
            figure(depth.in_flight),
            figure(depth.delayed),
            html! { @if let Some(sent) = oldest { (words::span(u64::try_from((now - sent) / 1000).unwrap_or(0))) } },
        ]
    });
    html! { (Table::new(caption, columns).rows(rows)) }
}
