//! `GET /database`: the tables of the database, and a box for SQL that can only read.

mod reading;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use look::{Button, Card, Column, Errors, Field, Form, Icon, Notice, Table, count};
use maud::{Markup, html};

use super::Reply;
use crate::dashboard::{
    code,
    context::Context,
    forms::Fields,
    page::{PageError, Place, nothing, page},
    words,
};
use reading::{Reader, Refusal, Rows};

/// With what the box begins.
const EXAMPLE: &str = "SELECT name, created_at\nFROM organizations\nORDER BY created_at DESC";

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/database", get(show))
        .route("/database/query", post(query))
        .route("/database/tables/{schema}/{table}", get(table))
}

async fn reader(context: &Context) -> Result<Reader, PageError> {
    Reader::connect(&context.sources.databases.owner).await.map_err(PageError::failed(Place::Database))
}

async fn show(State(context): State<Arc<Context>>) -> Reply {
    let mut reader = reader(&context).await?;
    let tables = reader.tables().await.map_err(PageError::failed(Place::Database))?;
    let columns =
        [Column::text("Table"), Column::number("Rows"), Column::number("Size"), Column::number("Indexes")];
    let rows = tables.iter().map(|table| {
        let path = format!("/database/tables/{}/{}", words::escaped(&table.schema), words::escaped(&table.name));
        let size = |bytes: i64| words::bytes(u64::try_from(bytes).unwrap_or(0));
        [
            html! { a href=(path) { (table.name) } @if table.schema != "public" { span.aside { (table.schema) } } },
            html! { @if table.is_estimate { "≈ " } (count(u64::try_from(table.rows).unwrap_or(0))) },
            html! { (size(table.bytes)) },
            html! { (size(table.index_bytes)) },
        ]
    });
    let empty = look::EmptyState::new(Icon::Database, "No tables");
    let body = html! {
        (box_for(EXAMPLE, &Errors::new()))
        (Card::new().title("Tables").flush().body(html! { (Table::new("Tables", columns).rows(rows).empty(empty)) }))
    };
    Ok(page(Place::Database, "Database").lead(reader.describe()).body(body).into_response())
}

fn box_for(sql: &str, errors: &Errors<'_>) -> Markup {
    let lines = u8::try_from(sql.lines().count().clamp(4, 20)).unwrap_or(4);
    Card::new()
        .title("SQL")
        .lead("Reads only: one statement, five seconds, 500 rows. Ctrl+Enter runs it.")
        .body(Form::post("/database/query").body(html! {
            (Field::textarea("sql", "Statement").code().rows(lines).value(sql).errors(errors))
            (Form::buttons(html! { (Button::submit("Run")) }))
        }))
}

async fn query(State(context): State<Arc<Context>>, fields: Fields) -> Reply {
    let sql = fields.raw("sql");
    let mut reader = reader(&context).await?;
    let (status, errors, result) = match reader.read(sql).await {
        Ok(rows) => (StatusCode::OK, Errors::new(), shown(&rows)),
        Err(refusal) => {
            let errors = Errors::new().on("sql", refusal.message.clone());
            (StatusCode::UNPROCESSABLE_ENTITY, errors, explained(sql, &refusal))
        }
    };
    let body = html! { (box_for(sql, &errors)) (result) };
    let page = page(Place::Database, "Database").back("Tables", "/database").errors(&errors);
    Ok((status, page.body(body)).into_response())
}

async fn table(State(context): State<Arc<Context>>, Path((schema, table)): Path<(String, String)>) -> Reply {
    let mut reader = reader(&context).await?;
    let columns = reader.columns(&schema, &table).await.map_err(PageError::failed(Place::Database))?;
    if columns.is_empty() {
        return Err(PageError::Missing(Place::Database, format!("There is no table {table}.")));
    }
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let name =
        if schema == "public" { quoted(&table) } else { format!("{}.{}", quoted(&schema), quoted(&table)) };
    let latest = columns.iter().find(|column| ["created_at", "at"].contains(&column.name.as_str()));
    let order = latest.map(|column| format!("\nORDER BY {} DESC", quoted(&column.name))).unwrap_or_default();
    let sql = format!("SELECT *\nFROM {name}{order}\nLIMIT 50");
    let rows =
        reader.read(&sql).await.map_err(|refusal| PageError::Failed(Place::Database, refusal.message))?;
    let kinds = [Column::code("Column"), Column::text("Type"), Column::text("Default")];
    let cells = columns.iter().map(|column| {
        let kind =
            if column.nullable { format!("{}, may be null", column.kind) } else { column.kind.clone() };
        [
            html! { (column.name) },
            html! { (kind) },
            html! { @if let Some(default) = &column.default { code.foreign { (default) } } },
        ]
    });
    let body = html! {
        (shown(&rows))
        (box_for(&sql, &Errors::new()))
        (Card::new().title("Columns").flush().body(html! { (Table::new("Columns", kinds).rows(cells)) }))
    };
    Ok(page(Place::Database, table).back("Database", "/database").body(body).into_response())
}

fn shown(rows: &Rows) -> Markup {
    let number = rows.rows.len() as u64;
    let title = format!(
        "{}{} in {}",
        look::plural(number, "row", "rows"),
        if rows.more { " and more" } else { "" },
        words::took(rows.took)
    );
    Card::new().title(title).flush().body(html! {
        @if rows.rows.is_empty() { (nothing(Icon::Database, "No rows", "The statement ran and gave none.")) }
        @else {
            div.grid tabindex="0" role="group" aria-label="Rows" {
                table {
                    thead { tr { @for name in &rows.columns { th scope="col" { (name) } } } }
                    tbody { @for row in &rows.rows { tr { @for value in row { (cell(value.as_deref())) } } } }
                }
            }
        }
    })
}

fn cell(value: Option<&str>) -> Markup {
    /// What is longer is cut: the whole value is a statement away.
    const LONGEST: usize = 300;
    match value {
        None => html! { td { span.null { "null" } } },
        Some(text) => {
            let is_number = !text.is_empty() && text.parse::<f64>().is_ok();
            let cut = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
            html! { td.number[is_number] { (text[..cut]) @if cut < text.len() { "…" } } }
        }
    }
}

/// Where in the statement it went wrong, as `psql` shows it.
fn explained(sql: &str, refusal: &Refusal) -> Markup {
    let place = refusal.position.and_then(|position| {
        let before: String = sql.chars().take(position.saturating_sub(1)).collect();
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        Some((line + 1, sql.lines().nth(line)?.to_owned(), column))
    });
    let details = html! {
        @if let Some((number, line, column)) = &place {
            (code::block("Place of the error", &format!("line {number}: {line}\n{}^", " ".repeat(format!("line {number}: ").len() + column))))
        }
        @for more in [&refusal.detail, &refusal.hint].into_iter().flatten() { p { (more) } }
        @if let Some(code) = &refusal.code { p.aside { "SQLSTATE " (code) } }
    };
    html! { (Notice::error(refusal.message.clone()).details(details)) }
}
