//! Where an invocation's time went, as bars on one axis. Drawn as SVG, whose positions need no inline styles.

use look::{Card, Column, Table};
use maud::{Markup, html};

use crate::dashboard::{
    code,
    recorder::{Invocation, Kind, Span},
    words,
};

/// Rows on the page; what a function does a hundred times is told by the sums above.
const ROWS: usize = 200;
/// Units of the axis.
const WIDTH: u64 = 1_000;

/// One bar.
struct Bar<'a> {
    kind: &'static str,
    name: &'a str,
    detail: &'a str,
    rows: Option<u64>,
    /// In µs from the beginning.
    start: u64,
    us: u64,
}

pub(super) fn card(invocation: &Invocation) -> Markup {
    if invocation.cause.is_none() {
        return html! {};
    }
    let total = u64::try_from(invocation.duration.as_micros()).unwrap_or(u64::MAX).max(1);
    let bars = bars(invocation, total);
    let columns =
        [Column::text("What"), Column::text("When"), Column::number("Rows"), Column::number("Took")];
    let rows = bars.iter().take(ROWS).map(|bar| {
        let rows = html! { @if let Some(rows) = bar.rows { (look::count(rows)) } };
        [name(bar), drawn(bar.kind, bar.start, bar.us, total), rows, html! { (words::took(micros(bar.us))) }]
    });
    Card::new().title("Where the time went").lead(sums(invocation, total)).flush().body(html! {
        div.waterfall { (Table::new("Spans", columns).rows(rows)) }
        @if bars.len() > ROWS { p.table-note { "The first " (ROWS) " of " (bars.len()) " are shown." } }
    })
}

fn bars(invocation: &Invocation, total: u64) -> Vec<Bar<'_>> {
    let origin = u64::try_from(invocation.started.timestamp_micros()).unwrap_or(0);
    let mut spans: Vec<&Span> = invocation.spans.iter().collect();
    spans.sort_by_key(|span| (span.start_us, std::cmp::Reverse(span.us)));
    let handler = spans.iter().find(|span| span.kind == Kind::Root).map(|span| span.start_us);
    let mut bars =
        vec![Bar { kind: "whole", name: "invocation", detail: "", rows: None, start: 0, us: total }];
    if let Some(waited) = handler.map(|start| start.saturating_sub(origin)) {
        let name = "on the way to the handler";
        bars.push(Bar { kind: "wait", name, detail: "", rows: None, start: 0, us: waited });
    }
    bars.extend(spans.into_iter().map(|span| Bar {
        kind: match span.kind {
            Kind::Root => "root",
            Kind::Part => "part",
            Kind::Sql => "sql",
            Kind::Aws => "aws",
        },
        name: if span.kind == Kind::Root { "handler" } else { &span.name },
        detail: &span.detail,
        rows: span.rows,
        start: span.start_us.saturating_sub(origin),
        us: span.us,
    }));
    bars
}

fn name(bar: &Bar<'_>) -> Markup {
    let statement = bar.detail.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = if statement.is_empty() || bar.kind != "sql" { bar.name } else { &statement };
    let label = html! {
        span.span-kind data-kind=(bar.kind) { (kind_label(bar.kind)) }
        span.span-name { (text) }
    };
    html! {
        @if bar.kind == "sql" && !bar.detail.is_empty() {
            details { summary { (label) } (code::block("Statement", &outdented(bar.detail))) }
        } @else { (label) }
    }
}

fn kind_label(kind: &str) -> &'static str {
    match kind {
        "sql" => "SQL",
        "aws" => "AWS",
        "part" => "part",
        _ => "",
    }
}

/// A bar on an axis of `total`; all in µs.
pub(super) fn drawn(kind: &str, start: u64, us: u64, total: u64) -> Markup {
    let at = |us: u64| (us.min(total) * WIDTH / total).min(WIDTH);
    let x = at(start);
    // A bar that is too short to be seen is drawn as short as can be seen.
    let width = at(us).max(3).min(WIDTH - x.min(WIDTH - 3));
    let label = format!("from {} for {}", words::took(micros(start)), words::took(micros(us)));
    html! {
        svg.bar viewBox={ "0 0 " (WIDTH) " 10" } preserveAspectRatio="none" role="img" aria-label=(label) {
            rect.bar-track x="0" y="4.5" width=(WIDTH) height="1" {}
            rect.bar-span data-kind=(kind) x=(x.min(WIDTH - 3)) y="1" width=(width) height="8" {}
        }
    }
}

/// `12.1 ms, of which 3 statements took 4.0 ms and 1 AWS call 2.2 ms`.
fn sums(invocation: &Invocation, total: u64) -> String {
    let sum = |kind: Kind| {
        let of_kind = invocation.spans.iter().filter(|span| span.kind == kind);
        of_kind.fold((0, 0), |(count, us), span| (count + 1, us + span.us))
    };
    let ((statements, sql), (calls, aws)) = (sum(Kind::Sql), sum(Kind::Aws));
    let mut parts = Vec::new();
    if statements > 0 {
        parts.push(format!(
            "{} took {}",
            look::plural(statements, "statement", "statements"),
            words::took(micros(sql))
        ));
    }
    if calls > 0 {
        parts.push(format!("{} {}", look::plural(calls, "AWS call", "AWS calls"), words::took(micros(aws))));
    }
    let whole = words::took(micros(total));
    if parts.is_empty() { whole } else { format!("{whole}, of which {}", parts.join(" and ")) }
}

fn micros(us: u64) -> std::time::Duration {
    std::time::Duration::from_micros(us)
}

/// A statement without the indentation of the source it stands in.
fn outdented(statement: &str) -> String {
    let lines = statement.lines().skip(1).filter(|line| !line.trim().is_empty());
    let indent = lines.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let cut =
        |line: &str| line.get(indent.min(line.len() - line.trim_start().len())..).unwrap_or(line).to_owned();
    statement.lines().map(cut).collect::<Vec<_>>().join("\n")
}
