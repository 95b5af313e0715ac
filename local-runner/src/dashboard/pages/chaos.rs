//! `GET /chaos`: what goes wrong on purpose, what was done lately, and forms that set rules and seed, add and remove a
//! rule, and stop everything.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use look::{Button, Card, Column, Errors, Field, Form, Icon, Notice, Snippet, Table, count};
use maud::{Markup, html};

use super::Reply;
use crate::{
    chaos::{self, Kind, Ledger, Plan, Service},
    dashboard::{
        context::Context,
        forms::{Asked, Fields},
        page::{Place, live, nothing, page},
        words,
    },
};

/// Injected faults on the page.
const SHOWN: usize = 20;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/chaos", get(show).post(set))
        .route("/chaos/add", post(add))
        .route("/chaos/remove", post(remove))
        .route("/chaos/stop", post(stop))
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Draft<'a> {
    /// None where the present ones are to stand.
    rules: Option<&'a str>,
    seed: Option<&'a str>,
    target: &'a str,
    fault: &'a str,
    value: &'a str,
    chance: &'a str,
    errors: Errors<'a>,
}

async fn show(State(context): State<Arc<Context>>, Query(asked): Asked) -> Markup {
    page_of(&context, context.flashes.said(asked.get("said")), &Draft::default())
}

fn page_of(context: &Context, said: Option<Notice<'_>>, draft: &Draft<'_>) -> Markup {
    let chaos = &context.sources.chaos;
    let (plan, ledger) = (chaos.plan(), chaos.ledger());
    let body = html! {
        (live("chaos", &html! {
            @if !plan.rules.is_empty() { (Card::new().title("Rules").flush().body(rules(&ledger))) }
            (Card::new().title("Injected lately").flush().body(latest(context, &ledger)))
        }))
        (Card::new().title("Add a rule").body(one(draft)))
        (Card::new().title("All rules").lead("The same seed, rules and sequence of calls give the same faults. Setting them counts calls from the beginning, which replays.")
            .body(all(&plan, draft)))
        @if !plan.rules.is_empty() {
            (Card::new().title("The same from the command line").body(html! { (Snippet::new("Command", command(&plan))) }))
        }
    };
    let stop = html! {
        @if !plan.rules.is_empty() { (Form::post("/chaos/stop").inline(Button::submit("Stop all").danger().small())) }
    };
    let lead = "Makes things go wrong on purpose, to see what happens then.";
    page(Place::Chaos, "Chaos").lead(lead).notice(said).errors(&draft.errors).actions(stop).body(body)
}

fn command(plan: &Plan) -> String {
    format!("cargo velox dev --chaos '{}' --chaos-seed {}", plan.text(), plan.seed)
}

fn rules(ledger: &Ledger) -> Markup {
    let columns = [
        Column::text("Rule"),
        Column::number("Calls"),
        Column::number("Injected"),
        Column::actions("Actions"),
    ];
    let rows = ledger.counts.iter().enumerate().map(|(number, of)| {
        let button = Button::submit("Remove").quiet().small().subject(&of.rule);
        [
            html! { code { (of.rule) } },
            html! { (count(of.calls)) },
            html! { (count(of.injected)) },
            html! { (Form::post("/chaos/remove").hidden("rule", number.to_string()).hidden("text", of.rule.as_str()).inline(button)) },
        ]
    });
    html! { (Table::new("Rules", columns).rows(rows)) }
}

fn latest(context: &Context, ledger: &Ledger) -> Markup {
    let now = context.sources.clock.now();
    let columns = [
        Column::brief("Time"),
        Column::text("Called"),
        Column::text("What was done"),
        Column::text("Rule"),
        Column::number("Call"),
        Column::brief("Invocation"),
    ];
    let rows = ledger.latest.iter().take(SHOWN).map(|injected| {
        [
            words::clock(injected.at, now),
            html! { code { (injected.called) } },
            html! { (injected.what) },
            html! { code { (injected.rule) } },
            html! { (count(injected.call)) },
            html! { @if let Some(id) = &injected.request_id { a href={ "/invocations/" (id) } { (id.get(..8).unwrap_or(id)) } } @else { "–" } },
        ]
    });
    html! {
        @if ledger.latest.is_empty() {
            (nothing(Icon::Success, "Nothing was injected", "What rules do to calls appears here, and on the pages of the invocations that it was done to."))
        } @else {
            (Table::new("Injected faults", columns).rows(rows))
            @if ledger.total() > SHOWN as u64 { p.table-note { "The latest " (SHOWN) " of " (count(ledger.total())) " are shown." } }
        }
    }
}

fn one(draft: &Draft<'_>) -> Markup {
    let functions =
        [("*", "* – every function"), ("web-*", "web-*"), ("api-*", "api-*"), ("admin-*", "admin-*")];
    let targets = chaos::targets().map(|name| (name, name)).chain(functions);
    let faults = [
        (Kind::Latency, "it takes longer: needs a time"),
        (Kind::Error, "it fails, nothing is done"),
        (Kind::Throttle, "services: too much to do"),
        (Kind::Lost, "services: done, but answered with an error"),
        (Kind::Timeout, "functions: no answer in time"),
        (Kind::Crash, "functions: the process is killed"),
        (Kind::Duplicate, "functions, sqs, scheduler: it happens twice"),
        (Kind::Reorder, "functions, sqs: a later one overtakes it"),
        (Kind::Terminate, "postgres: connections are closed"),
    ];
    let faults = faults.map(|(kind, words)| (kind.name(), format!("{} – {words}", kind.name())));
    Form::post("/chaos/add").body(html! { div.fields-row {
        (Field::select("target", "Target", targets).value(draft.target).errors(&draft.errors))
        (Field::select("fault", "Fault", faults).value(draft.fault).errors(&draft.errors))
        (Field::text("value", "Value").optional().narrow().code().value(draft.value).errors(&draft.errors)
            .hint("A time like 200ms or 1.5s. For crash also: before, after"))
        (Field::text("chance", "How often").optional().narrow().code().value(draft.chance).errors(&draft.errors)
            .hint("30%, or 1/20 for every twentieth call. Always if empty"))
        }
        (Form::buttons(html! { (Button::submit("Add")) }))
    })
}

fn all(plan: &Plan, draft: &Draft<'_>) -> Markup {
    let present = plan.rules.iter().fold(String::new(), |mut text, rule| {
        let _ = writeln!(text, "{rule}");
        text
    });
    let seed = if plan.rules.is_empty() { String::new() } else { plan.seed.to_string() };
    let services = Service::ALL.map(Service::name).join(", ");
    Form::post("/chaos").body(html! {
        (Field::textarea("rules", "Rules").rows(5).code().value(draft.rules.unwrap_or(&present)).errors(&draft.errors)
            .hint(format!("One a line: target:fault=value@chance. Targets: a function, web-*, *, {services}, or an operation like dynamodb.GetItem")))
        (Field::text("seed", "Seed").optional().narrow().code().value(draft.seed.unwrap_or(&seed)).errors(&draft.errors)
            .hint("A whole number. Any if empty"))
        (Form::buttons(html! { (Button::submit("Set")) }))
    })
}

async fn set(State(context): State<Arc<Context>>, fields: Fields) -> Reply {
    let (rules, seed) = (fields.raw("rules"), fields.text("seed"));
    let mut errors = Errors::new();
    let read = chaos::read(rules).map_err(|error| errors.push("rules", error.to_string()));
    let number = if seed.is_empty() { Ok(Plan::any_seed()) } else { seed.parse() };
    let number = number.map_err(|_| errors.push("seed", "Enter a whole number, not below 0, or nothing"));
    let (Ok(rules_read), Ok(number)) = (read, number) else {
        let draft = Draft { rules: Some(rules), seed: Some(seed), errors, ..Draft::default() };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page_of(&context, None, &draft)).into_response());
    };
    let said = match rules_read.len() as u64 {
        0 => "There is no chaos.".to_owned(),
        rules => format!("{} with the seed {number}.", look::plural(rules, "rule", "rules")),
    };
    context.sources.chaos.set(&Plan { rules: rules_read, seed: number });
    Ok(context.flashes.done("/chaos", said).into_response())
}

async fn add(State(context): State<Arc<Context>>, fields: Fields) -> Reply {
    let (target, fault) = (fields.text("target"), fields.text("fault"));
    let (value, chance) = (fields.text("value"), fields.text("chance"));
    let part = |mark: char, text: &str| if text.is_empty() { String::new() } else { format!("{mark}{text}") };
    let text = format!("{target}:{fault}{}{}", part('=', value), part('@', chance));
    match chaos::read(&text) {
        Ok(rules) => {
            let mut plan = context.sources.chaos.plan();
            if plan.rules.is_empty() {
                plan.seed = Plan::any_seed();
            }
            plan.rules.extend(rules);
            context.sources.chaos.set(&plan);
            Ok(context.flashes.done("/chaos", format!("{text} was added.")).into_response())
        }
        Err(error) => {
            let field = error.is_about(&[("target", target), ("value", value), ("chance", chance)]);
            let errors = Errors::new().on(field.unwrap_or("fault"), error.to_string());
            let draft = Draft { target, fault, value, chance, errors, ..Draft::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page_of(&context, None, &draft)).into_response())
        }
    }
}

/// The rule is named by its text as well, lest another one goes when the list has changed meanwhile.
async fn remove(State(context): State<Arc<Context>>, fields: Fields) -> Redirect {
    let (number, text) = (fields.text("rule").parse::<usize>(), fields.raw("text"));
    let mut plan = context.sources.chaos.plan();
    let place =
        number.ok().filter(|number| plan.rules.get(*number).is_some_and(|rule| rule.to_string() == text));
    match place {
        Some(place) => {
            plan.rules.remove(place);
            context.sources.chaos.set(&plan);
            context.flashes.done("/chaos", format!("{text} was removed."))
        }
        None => context.flashes.failed("/chaos", format!("There is no rule {text} any more.")),
    }
}

async fn stop(State(context): State<Arc<Context>>) -> Redirect {
    context.sources.chaos.set(&Plan::default());
    context.flashes.done("/chaos", "All is calm.")
}
