//! Travelling in time: the form that sends the clock off, how far it has come, and the button that stops it.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use chrono::{DateTime, Local, NaiveDateTime, TimeDelta, TimeZone, Utc};
use look::{Button, Card, Errors, Field, Form, Notice, Progress, plural};
use maud::{Markup, html};
use tokio::time::timeout;

use super::page_of;
use crate::{
    aws::{JourneyView, TravelError},
    dashboard::{context::Context, forms::Fields, pages::Reply, words},
};

/// Steps that the form offers, in minutes.
const STEPS: [(&str, &str); 5] = [
    ("60", "1 hour"),
    ("1440", "1 day"),
    ("10080", "1 week"),
    ("43200", "30 days"),
    ("", "to the time below"),
];

/// A journey that takes no longer than this has arrived on the page that follows the form.
const SOON: Duration = Duration::from_secs(2);

/// How often a page without JavaScript looks how far the clock has come.
pub(super) const REFRESH_S: u32 = 2;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/schedules/travel", post(travel)).route("/schedules/travel/cancel", post(cancel))
}

/// Says so when the cloud's time is not the machine's.
pub(super) fn ahead(context: &Context, now: DateTime<Utc>) -> Markup {
    let ahead = (now - context.sources.clock.now()).num_seconds();
    html! {
        @if ahead > 1 {
            (Notice::warning(format!("The local cloud is {} ahead.", words::span(u64::try_from(ahead).unwrap_or(0))))
                .details(html! { "It is " (words::date(now)) " there. A restart of the runner brings it back." }))
        }
    }
}

/// How far the clock has come, or how its last journey went.
pub(super) fn journey(context: &Context, journey: &JourneyView, now: DateTime<Utc>) -> Markup {
    let fires = plural(journey.fires as u64, "fire", "fires");
    let seconds = |span: TimeDelta| u64::try_from(span.num_seconds()).unwrap_or(0);
    let outcome = match journey.end {
        None => {
            let work = context.sources.schedules.waits_for();
            let waits =
                if work.is_empty() { String::new() } else { format!(", working on {}", work.join(", ")) };
            let progress = Progress::new("The clock is on its way")
                .done(seconds(now.min(journey.to) - journey.from), seconds(journey.to - journey.from))
                .text(format!("{fires} so far{waits}"));
            let stop = Button::submit("Stop").secondary().small();
            return Card::new()
                .title("Travelling")
                .actions(Form::post("/schedules/travel/cancel").inline(stop))
                .body(html! { (progress) p { "From " (words::date(journey.from)) " to " (words::date(journey.to)) "." } });
        }
        Some(Ok(())) => "arrived".to_owned(),
        Some(Err(error)) => error.to_string(),
    };
    let text = format!("{fires} in {}: {outcome}.", words::took(journey.took));
    Card::new().title("Last journey").body(html! {
        p { "From " (words::date(journey.from)) " to " (words::date(journey.to)) ", " (text) }
    })
}

pub(super) fn form(time: &str, now: DateTime<Utc>, errors: &Errors<'_>) -> Markup {
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
        Some(to) => match set_out(&context, to).await {
            Ok(page) => return Ok(page),
            Err(error) => error.to_string(),
        },
    };
    let errors = Errors::new().on("time", refused);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page_of(&context, None, time, &errors)).into_response())
}

async fn set_out(context: &Context, to: DateTime<Utc>) -> Result<Response, TravelError> {
    let travelling = context.sources.schedules.set_out(to)?;
    let text = match timeout(SOON, travelling.arrival()).await {
        Ok(fires) => format!("{} on the way.", plural(fires? as u64, "fire", "fires")),
        Err(_) => "The clock is on its way.".to_owned(),
    };
    Ok(context.flashes.done("/schedules", text).into_response())
}

async fn cancel(State(context): State<Arc<Context>>) -> Redirect {
    context.sources.schedules.cancel_journey();
    context.flashes.done("/schedules", "The clock stops when what it fired is done.")
}

fn local_time(text: &str) -> Option<DateTime<Utc>> {
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Local.from_local_datetime(&time).earliest().map(|local| local.to_utc())
}
