//! All invocations of a trace on one axis: the request or the fire that made a job necessary, and the job.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use look::{Card, Column, Table};
use maud::{Markup, html};

use super::{result, waterfall};
use crate::dashboard::{context::Context, recorder::Invocation, words};

/// Nothing where the invocation is the only one of its trace.
pub(super) fn card(invocation: &Arc<Invocation>, context: &Context) -> Markup {
    let mut all = context.sources.recorder.same_trace(invocation);
    if all.is_empty() {
        return html! {};
    }
    all.push(Arc::clone(invocation));
    all.sort_by(|a, b| (a.started, &a.request_id).cmp(&(b.started, &b.request_id)));
    let now = context.sources.clock.now();
    let began = all.first().map_or(now, |first| first.started);
    let end = all.iter().map(|of| ended(of, now)).max().unwrap_or(now);
    let total = micros(began, end).max(1);
    let columns =
        [Column::text("What"), Column::text("When"), Column::brief("Result"), Column::number("Took")];
    let rows = all.iter().map(|of| {
        let is_this = of.request_id == invocation.request_id;
        let (start, us) = (micros(began, of.started), micros(of.started, ended(of, now)));
        [
            name(of, is_this),
            waterfall::drawn(if is_this { "root" } else { "whole" }, start, us, total),
            result::badge(of),
            html! { @if of.cause.is_some() { (words::took(of.duration)) } },
        ]
    });
    let lead = format!(
        "{} from first to last: what led to it, and what it led to.",
        words::took(std::time::Duration::from_micros(total))
    );
    Card::new().title("Same trace").lead(lead).flush().body(html! {
        div.waterfall { (Table::new("Invocations of the trace", columns).rows(rows)) }
    })
}

fn name(invocation: &Invocation, is_this: bool) -> Markup {
    let function = invocation.function.as_deref().unwrap_or("no route");
    html! {
        @if is_this { b { (function) } } @else { a href={ "/invocations/" (invocation.request_id) } { (function) } }
        " " span.aside { (result::subject(invocation)) @if is_this { ", this one" } }
    }
}

fn ended(invocation: &Invocation, now: DateTime<Utc>) -> DateTime<Utc> {
    match invocation.cause {
        Some(_) => invocation.started + invocation.duration,
        None => now,
    }
}

fn micros(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    (to - from).num_microseconds().and_then(|us| u64::try_from(us).ok()).unwrap_or(0)
}
