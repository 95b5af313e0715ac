//! `GET /schedules`: when what fires, in words and times; and forms that fire now, pause, and travel in time.

mod travel;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    response::Redirect,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use look::{Button, Card, Column, Errors, Form, Icon, Notice, Status, Table, Tone};
use maud::{Markup, html};

use crate::{
    aws::ScheduleView,
    dashboard::{
        context::Context,
        forms::Asked,
        page::{Place, live, nothing, page},
        words,
    },
};

/// Fire times that are shown of each schedule.
const NEXT: usize = 3;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/schedules", get(show))
        .merge(travel::routes())
        .route("/schedules/{group}/{name}/run", post(run))
        .route("/schedules/{group}/{name}/pause", post(pause))
        .route("/schedules/{group}/{name}/resume", post(resume))
}

async fn show(State(context): State<Arc<Context>>, Query(asked): Asked) -> Markup {
    let said = context.flashes.said(asked.get("said"));
    page_of(&context, said, "", &Errors::new())
}

fn page_of(context: &Context, said: Option<Notice<'_>>, time: &str, errors: &Errors<'_>) -> Markup {
    let schedules = context.sources.schedules.list(NEXT);
    let now = context.sources.schedules.now();
    let journey = context.sources.schedules.journey();
    let body = html! {
        (live("schedules", &html! {
            (travel::ahead(context, now))
            @if schedules.is_empty() {
                (nothing(Icon::Clock, "No schedules", "Functions of the catalogue with a schedule, and what functions create themselves, appear here."))
            } @else {
                (Card::new().flush().body(table(&schedules, now)))
            }
            @if let Some(journey) = &journey { (travel::journey(context, journey, now)) }
        }))
        (Card::new().title("Travel in time")
            .lead("The local cloud's clock goes forward, and everything on the way fires in its order. Functions see the time of each fire in its event; their own clock stays the machine's.")
            .body(travel::form(time, now, errors)))
    };
    let is_under_way = journey.is_some_and(|journey| journey.end.is_none());
    let again = is_under_way.then_some(travel::REFRESH_S);
    page(Place::Schedules, "Schedules").notice(said).errors(errors).refresh(again).body(body)
}

fn table(schedules: &[ScheduleView], now: DateTime<Utc>) -> Markup {
    let columns = [
        Column::text("Schedule"),
        Column::text("When"),
        Column::brief("State"),
        Column::brief("Last fire"),
        Column::text("Next fires"),
        Column::actions("Actions"),
    ];
    let rows = schedules.iter().map(|schedule| {
        [
            html! { (schedule.name) span.aside { (target(schedule)) } },
            html! { (schedule.words) span.aside { code { (schedule.expression) } " " (schedule.time_zone) } },
            state(schedule),
            // Travelling, the clock follows what it fired.
            html! { @match schedule.last_fire { Some(at) => (words::ago(at.min(now), now)), None => "none yet" } },
            html! {
                @if schedule.is_paused { "–" }
                @else { ol.times { @for at in &schedule.next_fires { li { (words::second(*at, now)) span.aside { (words::relative(*at, now)) } } } } }
            },
            actions(schedule),
        ]
    });
    html! { (Table::new("Schedules", columns).rows(rows)) }
}

/// The function behind the queue of our names, else the target as it is.
fn target(schedule: &ScheduleView) -> Markup {
    let name = schedule.target_arn.rsplit(':').next().unwrap_or_default();
    let function =
        catalog::FUNCTIONS.iter().find(|f| catalog::names::queue(f.name) == name || f.name == name);
    html! {
        @if let Some(function) = function { "to " a href={ "/functions/" (function.name) } { (function.name) } }
        @else { "to " (schedule.target_arn) }
    }
}

fn state(schedule: &ScheduleView) -> Markup {
    html! {
        @if schedule.is_paused { (Status::new(Tone::Neutral, "paused")) }
        @else if schedule.retrying > 0 { (Status::new(Tone::Warning, format!("{} to be tried again", schedule.retrying))) }
        @else { (Status::new(Tone::Good, "on")) }
    }
}

fn actions(schedule: &ScheduleView) -> Markup {
    let path = format!("/schedules/{}/{}", words::escaped(&schedule.group), words::escaped(&schedule.name));
    let (verb, label) = if schedule.is_paused { ("resume", "Resume") } else { ("pause", "Pause") };
    html! {
        div.row-actions {
            (Form::post(format!("{path}/run")).inline(Button::submit("Run now").secondary().small().subject(&schedule.name)))
            (Form::post(format!("{path}/{verb}")).inline(Button::submit(label).quiet().small().subject(&schedule.name)))
        }
    }
}

async fn run(State(context): State<Arc<Context>>, Path((group, name)): Path<(String, String)>) -> Redirect {
    told(&context, context.sources.schedules.run_now(&group, &name).await, format!("{name} fired."))
}

async fn pause(State(context): State<Arc<Context>>, Path((group, name)): Path<(String, String)>) -> Redirect {
    told(&context, context.sources.schedules.pause(&group, &name).await, format!("{name} is paused."))
}

async fn resume(
    State(context): State<Arc<Context>>,
    Path((group, name)): Path<(String, String)>,
) -> Redirect {
    told(&context, context.sources.schedules.resume(&group, &name).await, format!("{name} is on again."))
}

fn told<E: std::fmt::Display>(context: &Context, outcome: Result<(), E>, done: String) -> Redirect {
    match outcome {
        Ok(()) => context.flashes.done("/schedules", done),
        Err(error) => context.flashes.failed("/schedules", error.to_string()),
    }
}
