//! A shared environment's queues and tables, to be looked at: each page says whose they are, and has no form.

use aws_sdk_dynamodb::types::TableDescription;
use chrono::{DateTime, Utc};
use look::{Card, Column, Facts, Icon, Notice, Pagination, Table, count};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::account::{Account, Items, Queue};
use crate::dashboard::{
    page::{Place, nothing, page},
    pages::tables,
    words,
};

/// Items on a page. Reading them costs whoever pays for the table.
const ITEMS: i32 = 25;

/// `GET /queues`.
pub(super) async fn queues(account: &Account, environment: &str) -> Markup {
    let all = account.queues().await;
    let refused = one_refusal(all.iter().map(|queue| queue.depth.as_ref().err()));
    let (dead, work): (Vec<_>, Vec<_>) = all.into_iter().partition(|queue| queue.is_dead_letters);
    let body = html! {
        @if let Some(refused) = refused { (Notice::error(refused)) }
        @else {
            (Card::new().flush().body(queue_table("Queues", &work)))
            (Card::new().title("Dead letters").lead("Messages that failed as often as they may.").flush()
                .body(queue_table("Dead-letter queues", &dead)))
        }
    };
    page(Place::Queues, "Queues").lead(whose(environment)).body(body)
}

/// `GET /control/queues`: the same for programs.
pub(super) async fn queues_as_json(account: &Account) -> Value {
    let queues = account.queues().await.into_iter().map(|queue| match queue.depth {
        Ok([ready, in_flight, delayed]) => {
            json!({ "name": queue.name, "ready": ready, "in_flight": in_flight, "delayed": delayed })
        }
        Err(error) => json!({ "name": queue.name, "error": error }),
    });
    json!({ "queues": queues.collect::<Vec<_>>() })
}

/// `GET /tables`.
pub(super) async fn tables(account: &Account, environment: &str) -> Markup {
    let all = account.tables().await;
    let refused = one_refusal(all.iter().map(|(_, table)| table.as_ref().err()));
    let rows = all.iter().map(|(name, table)| match table {
        Ok(table) => [
            html! { a href={ "/tables/" (words::escaped(name)) } { (name) } },
            html! { code { (keys(table).join(", ")) } },
            html! { (count(number(table.item_count))) },
            html! { (words::bytes(number(table.table_size_bytes))) },
        ],
        Err(error) => [html! { (name) }, html! { (error) }, html! {}, html! {}],
    });
    let columns =
        [Column::text("Table"), Column::text("Key"), Column::number("Items"), Column::number("Size")];
    let body = html! {
        @if let Some(refused) = refused { (Notice::error(refused)) }
        @else { (Card::new().flush().body(html! {
            (Table::new("Tables", columns).rows(rows))
            p.table-note { "DynamoDB counts items and their size about every six hours." }
        })) }
    };
    page(Place::Tables, "Tables").lead(whose(environment)).body(body)
}

/// `GET /tables/{name}`; none if the environment has no such table.
pub(super) async fn table(
    account: &Account,
    environment: &str,
    name: &str,
    after: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Markup, String> {
    let described = account.table(name).await?;
    let expiry = account.expiry(name).await.unwrap_or_default();
    let after = after.and_then(tables::position);
    let Items { items, next } = account.items(name, ITEMS, after.as_ref()).await?;
    let next = next.map(|key| tables::page_after(name, &key));
    let facts = Facts::new()
        .fact("Key", html! { code { (keys(&described).join(", ")) } })
        .fact("Status", html! { (described.table_status.as_ref().map_or("–", |status| status.as_str())) })
        .fact("Expires by", html! { @if expiry.is_empty() { "–" } @else { code { (expiry) } } });
    let body = html! {
        (Card::new().body(html! { (facts) }))
        (Card::new().title("Items").flush().body(html! {
            @if items.is_empty() { (nothing(Icon::Table, "No items", "What functions put into this table appears here.")) }
            @else { (tables::table_of(now, &keys(&described), &expiry, &items)) }
            (Pagination::new(if items.len() == 1 { "item" } else { "items" }).total(items.len() as u64).next(next))
        }))
    };
    let page = page(Place::Tables, name.to_owned()).back("Tables", "/tables").lead(whose(environment));
    Ok(page.body(body))
}

pub(super) fn whose(environment: &str) -> String {
    format!("Remote: of {environment}'s AWS account, read-only")
}

/// What all of them are refused with: no credentials, no answer.
fn one_refusal<'a>(errors: impl Iterator<Item = Option<&'a String>>) -> Option<String> {
    let errors: Vec<_> = errors.collect::<Option<_>>()?;
    let first = *errors.first()?;
    errors.iter().all(|error| *error == first).then(|| first.clone())
}

fn queue_table(caption: &'static str, queues: &[Queue]) -> Markup {
    let columns = [
        Column::text("Queue"),
        Column::number("Ready"),
        Column::number("In flight"),
        Column::number("Delayed"),
    ];
    let figure = |number: u64| html! { span.zero[number == 0] { (count(number)) } };
    let rows = queues.iter().map(|queue| match &queue.depth {
        Ok(depth) => {
            let [ready, in_flight, delayed] = depth.map(figure);
            [html! { (queue.name) }, ready, in_flight, delayed]
        }
        Err(error) => [html! { (queue.name) " " span.aside { (error) } }, html! {}, html! {}, html! {}],
    });
    html! { (Table::new(caption, columns).rows(rows)) }
}

fn keys(table: &TableDescription) -> Vec<String> {
    table.key_schema().iter().map(|element| element.attribute_name.clone()).collect()
}

fn number(value: Option<i64>) -> u64 {
    value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0)
}
