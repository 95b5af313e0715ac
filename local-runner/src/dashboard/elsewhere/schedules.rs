//! A shared environment's schedules: when they fire there, by the clock of everybody. None is fired or changed from here.

use aws_sdk_scheduler::{
    Client,
    operation::get_schedule::GetScheduleOutput,
    types::{ScheduleState, ScheduleSummary},
};
use chrono::{DateTime, Utc};
use futures::future::join_all;
use look::{Card, Column, Icon, Notice, Pagination, Status, Table, Tone};
use maud::{Markup, html};

use super::{
    account::{Account, said},
    pages::whose,
};
use crate::{
    aws::schedule_in_words,
    dashboard::{
        page::{Place, nothing, page},
        words,
    },
};

/// Schedules on a page. Each is asked for by itself: their list does not tell when they fire.
const ROWS: i32 = 20;

/// Fire times that are shown of each.
const NEXT: usize = 3;

/// A schedule as the list has it, and when it fires, or why nobody knows.
type Row = (ScheduleSummary, Result<GetScheduleOutput, String>);

/// `GET /schedules`.
pub(super) async fn show(account: &Account, after: Option<&str>, now: DateTime<Utc>) -> Markup {
    let body = match read(account, after).await {
        Err(refused) => html! { (Notice::error(refused)) },
        Ok((rows, next)) => Card::new().flush().body(html! {
            @if rows.is_empty() { (nothing(Icon::Clock, "No schedules", "Its group has none.")) }
            @else { (table(&rows, now)) }
            (Pagination::new(if rows.len() == 1 { "schedule" } else { "schedules" }).total(rows.len() as u64)
                .next(next.map(|token| format!("/schedules?after={}", words::escaped(&token)))))
        }),
    };
    page(Place::Schedules, "Schedules").lead(whose(account.remote().name())).body(body)
}

async fn read(account: &Account, after: Option<&str>) -> Result<(Vec<Row>, Option<String>), String> {
    let client = Client::new(account.config().await);
    let group = account.remote().resources();
    let list = client.list_schedules().group_name(group).max_results(ROWS);
    let list = list.set_next_token(after.map(str::to_owned)).send().await.map_err(|error| said(&error))?;
    let read = list.schedules.into_iter().map(async |summary| {
        let name = summary.name().unwrap_or_default();
        let told = client.get_schedule().group_name(group).name(name).send().await;
        (summary, told.map_err(|error| said(&error)))
    });
    Ok((join_all(read).await, list.next_token))
}

fn table(rows: &[Row], now: DateTime<Utc>) -> Markup {
    let columns =
        [Column::text("Schedule"), Column::text("When"), Column::brief("State"), Column::text("Next fires")];
    let rows = rows.iter().map(|(summary, told)| {
        let is_paused = summary.state() == Some(&ScheduleState::Disabled);
        let target = summary.target().map_or("", |target| target.arn().rsplit(':').next().unwrap_or_default());
        [
            html! { (summary.name().unwrap_or_default()) span.aside { "to " (target) } },
            when(told),
            html! { @if is_paused { (Status::new(Tone::Neutral, "paused")) } @else { (Status::new(Tone::Good, "on")) } },
            html! {
                @match told {
                    Ok(told) if !is_paused => ol.times {
                        @for at in next(told, now) { li { (words::second(at, now)) span.aside { (words::relative(at, now)) } } }
                    },
                    _ => "–",
                }
            },
        ]
    });
    html! { (Table::new("Schedules", columns).rows(rows)) }
}

fn when(told: &Result<GetScheduleOutput, String>) -> Markup {
    html! {
        @match told {
            Ok(told) => {
                @let (expression, zone) = expression(told);
                @if let Some((in_words, _)) = schedule_in_words(expression, zone, created(told), created(told), 0) { (in_words) }
                span.aside { code { (expression) } " " (zone) }
            },
            Err(error) => (error),
        }
    }
}

fn expression(told: &GetScheduleOutput) -> (&str, &str) {
    (told.schedule_expression().unwrap_or_default(), told.schedule_expression_timezone().unwrap_or("UTC"))
}

/// From when a rate counts.
fn created(told: &GetScheduleOutput) -> DateTime<Utc> {
    let begins = told.start_date().or(told.creation_date());
    begins.and_then(|at| DateTime::from_timestamp(at.secs(), 0)).unwrap_or_default()
}

fn next(told: &GetScheduleOutput, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let (expression, zone) = expression(told);
    let fires = schedule_in_words(expression, zone, created(told), now, NEXT).map(|(_, fires)| fires);
    let end = told.end_date().and_then(|at| DateTime::from_timestamp(at.secs(), 0));
    fires.into_iter().flatten().filter(|at| end.is_none_or(|end| *at <= end)).collect()
}
