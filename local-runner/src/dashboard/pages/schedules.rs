//! `GET /schedules`: when what fires, in words and times; and forms that fire now, pause, and travel in time.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use chrono::{DateTime, Local, NaiveDateTime, TimeDelta, TimeZone, Utc};
use look::{Button, Card, Column, Errors, Field, Form, Icon, Notice, Status, Table, Tone};
use maud::{Markup, html};

use super::Reply;
use crate::{
    aws::ScheduleView,
    dashboard::{
        context::Context,
        forms::{Asked, Fields},
        page::{Place, live, nothing, page},
        words,
    },
};

/// Fire times that are shown of each schedule.
const NEXT: usize = 3;

/// Steps that a form offers, in minutes.
const STEPS: [(&str, &str); 5] = [
    ("60", "1 hour"),
    ("1440", "1 day"),
    ("10080", "1 week"),
    ("43200", "30 days"),
    ("", "to the time below"),
];

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/schedules", get(show))
        .route("/schedules/travel", post(travel))
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
    let body = html! {
        (live("schedules", &html! {
            (ahead(context, now))
            @if schedules.is_empty() {
                (nothing(Icon::Clock, "No schedules", "Functions of the catalogue with a schedule, and what functions create themselves, appear here."))
            } @else {
                (Card::new().flush().body(table(&schedules, now)))
            }
        }))
        (Card::new().title("Travel in time")
            .lead("The local cloud's clock goes forward, and everything on the way fires in its order. Functions see the time of each fire in its event; their own clock stays the machine's.")
            .body(form(time, now, errors)))
    };
    page(Place::Schedules, "Schedules").notice(said).errors(errors).body(body)
}

/// Says so when the cloud's time is not the machine's.
fn ahead(context: &Context, now: DateTime<Utc>) -> Markup {
    let ahead = (now - context.sources.clock.now()).num_seconds();
    html! {
        @if ahead > 1 {
            (Notice::warning(format!("The local cloud is {} ahead.", words::span(u64::try_from(ahead).unwrap_or(0))))
                .details(html! { "It is " (words::date(now)) " there. A restart of the runner brings it back." }))
        }
    }
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
            html! { @match schedule.last_fire { Some(at) => (words::ago(at, now)), None => "none yet" } },
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

fn form(time: &str, now: DateTime<Utc>, errors: &Errors<'_>) -> Markup {
    let example = (now + TimeDelta::days(1)).with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string();
    Form::post("/schedules/travel").body(html! {
        (Field::select("step", "Forward by", STEPS).value(if time.is_empty() { "1440" } else { "" }))
        (Field::text("time", "Time").optional().narrow().value(time).hint(format!("Local time, like {example}")).errors(errors))
        (Form::buttons(html! { (Button::submit("Travel").secondary()) }))
    })
}

async fn travel(State(context): State<Arc<Context>>, fields: Fields) -> Reply {
    let (step, time) = (fields.text("step"), fields.text("time"));
    let now = context.sources.schedules.now();
    let to = match step.parse::<i64>() {
        Ok(minutes) if time.is_empty() => now.checked_add_signed(TimeDelta::minutes(minutes)),
        _ => local_time(time),
    };
    let refused = match to {
        None => "Enter a date and a time, like 2026-12-24 18:00".to_owned(),
        Some(to) if to - now > TimeDelta::days(366) => "Travel a year at most at once".to_owned(),
        Some(to) => match context.sources.schedules.travel_to(to).await {
            Ok(fires) => {
                let text = format!("{} on the way.", look::plural(fires as u64, "fire", "fires"));
                return Ok(context.flashes.done("/schedules", text).into_response());
            }
            Err(error) => error.to_string(),
        },
    };
    let errors = Errors::new().on("time", refused);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page_of(&context, None, time, &errors)).into_response())
}

fn local_time(text: &str) -> Option<DateTime<Utc>> {
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Local.from_local_datetime(&time).earliest().map(|local| local.to_utc())
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
