//! `GET /tables`: the tables of DynamoDB and the items in them.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    response::IntoResponse,
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use look::{Card, Column, Facts, Icon, Pagination, Table, count};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::Reply;
use crate::dashboard::{
    code,
    context::Context,
    forms::Asked,
    page::{PageError, Place, nothing, page},
    words,
};

/// Items on a page.
const ITEMS: u32 = 50;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/tables", get(list)).route("/tables/{name}", get(show))
}

async fn call(context: &Context, operation: &str, input: Value) -> Result<Value, PageError> {
    let target = format!("DynamoDB_20120810.{operation}");
    context.cloud.call(&target, &input).await.map_err(PageError::cloud(Place::Tables))
}

async fn list(State(context): State<Arc<Context>>) -> Reply {
    let answer = call(&context, "ListTables", json!({})).await?;
    let names = answer["TableNames"].as_array().cloned().unwrap_or_default();
    let mut rows = Vec::new();
    for name in names.iter().filter_map(Value::as_str) {
        let table = call(&context, "DescribeTable", json!({ "TableName": name })).await?["Table"].clone();
        let number = call(&context, "Scan", json!({ "TableName": name, "Select": "COUNT" })).await?;
        let size = table["TableSizeBytes"].as_u64().unwrap_or(0);
        rows.push([
            html! { a href={ "/tables/" (words::escaped(name)) } { (name) } },
            html! { code { (keys(&table).join(", ")) } },
            html! { (count(number["Count"].as_u64().unwrap_or(0))) @if !number["LastEvaluatedKey"].is_null() { "+" } },
            html! { @if size > 0 { (words::bytes(size)) } },
        ]);
    }
    let columns =
        [Column::text("Table"), Column::text("Key"), Column::number("Items"), Column::number("Size")];
    let body = html! {
        @if rows.is_empty() { (nothing(Icon::Table, "No tables", "Tables of DynamoDB appear here.")) }
        @else { (Card::new().flush().body(html! { (Table::new("Tables", columns).rows(rows)) })) }
    };
    Ok(page(Place::Tables, "Tables").lead("Tables of DynamoDB").body(body).into_response())
}

/// The names of the key's attributes, the partition key first.
fn keys(table: &Value) -> Vec<String> {
    let elements = table["KeySchema"].as_array().into_iter().flatten();
    elements.filter_map(|element| element["AttributeName"].as_str().map(str::to_owned)).collect()
}

async fn show(State(context): State<Arc<Context>>, Path(name): Path<String>, Query(asked): Asked) -> Reply {
    let described = call(&context, "DescribeTable", json!({ "TableName": name })).await?;
    let table = &described["Table"];
    let expiry = call(&context, "DescribeTimeToLive", json!({ "TableName": name })).await.unwrap_or_default();
    let expiry = expiry["TimeToLiveDescription"]["AttributeName"].as_str().unwrap_or_default().to_owned();
    let mut scan = json!({ "TableName": name, "Limit": ITEMS });
    if let Some(after) = asked.get("after").and_then(|text| position(text)) {
        scan["ExclusiveStartKey"] = after;
    }
    let answer = call(&context, "Scan", scan).await?;
    let items = answer["Items"].as_array().cloned().unwrap_or_default();
    let next = answer.get("LastEvaluatedKey").filter(|key| !key.is_null());
    let next = next.map(|key| page_after(&name, key));
    let facts = Facts::new()
        .fact("Key", html! { code { (keys(table).join(", ")) } })
        .fact("Status", html! { (table["TableStatus"].as_str().unwrap_or_default()) })
        .fact("Expires by", html! { @if expiry.is_empty() { "–" } @else { code { (expiry) } } });
    let body = html! {
        (Card::new().body(html! { (facts) }))
        (Card::new().title("Items").flush().body(html! {
            @if items.is_empty() { (nothing(Icon::Table, "No items", "What functions put into this table appears here.")) }
            @else { (table_of(context.sources.schedules.now(), &keys(table), &expiry, &items)) }
            (Pagination::new(if items.len() == 1 { "item" } else { "items" }).total(items.len() as u64).next(next))
        }))
    };
    Ok(page(Place::Tables, name.clone()).back("Tables", "/tables").body(body).into_response())
}

/// Where the items after a position are shown.
pub(in crate::dashboard) fn page_after(table: &str, key: &Value) -> String {
    format!("/tables/{}?after={}", words::escaped(table), URL_SAFE_NO_PAD.encode(key.to_string()))
}

/// The position that such an address names.
pub(in crate::dashboard) fn position(text: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Items as the protocol has them, by their keys.
pub(in crate::dashboard) fn table_of(
    now: DateTime<Utc>,
    keys: &[String],
    expiry: &str,
    items: &[Value],
) -> Markup {
    let mut columns: Vec<_> = keys.iter().map(|key| Column::code(key.as_str())).collect();
    if !expiry.is_empty() {
        columns.push(Column::brief("Expires"));
    }
    columns.push(Column::text("Item"));
    let rows = items.iter().map(|item| {
        let plain = plain_item(item);
        let mut cells: Vec<Markup> = keys.iter().map(|key| html! { (as_text(&plain[key])) }).collect();
        if !expiry.is_empty() {
            let at = plain[expiry].as_i64().and_then(|at| DateTime::from_timestamp(at, 0));
            cells.push(html! { @if let Some(at) = at { (words::ago(at, now)) } });
        }
        let whole = serde_json::to_string_pretty(&plain).unwrap_or_default();
        cells.push(look::disclosure(brief(&plain, keys), code::block("Item", &whole)));
        cells
    });
    html! { (Table::new("Items", columns).rows(rows)) }
}

/// The names of its other attributes.
fn brief(item: &Value, keys: &[String]) -> String {
    let names = item.as_object().into_iter().flat_map(Map::keys);
    let others: Vec<_> = names.filter(|name| !keys.contains(name)).cloned().collect();
    if others.is_empty() { "nothing else".to_owned() } else { others.join(", ") }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn plain_item(item: &Value) -> Value {
    let fields = item.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>().into()
}

/// `{"S":"a"}` as `"a"`: an item as its author thinks of it (API reference, "AttributeValue").
fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|object| object.iter().next()) else {
        return value.clone();
    };
    match kind.as_str() {
        "N" => {
            inner.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| inner.clone())
        }
        "NULL" => Value::Null,
        "M" => plain_item(inner),
        "L" => inner.as_array().into_iter().flatten().map(plain).collect(),
        _ => inner.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_shown_without_their_types() {
        let item = json!({ "id": { "S": "a" }, "n": { "N": "1.5" }, "l": { "L": [{ "NULL": true }, { "BOOL": false }] },
            "m": { "M": { "x": { "SS": ["b"] } } } });
        assert_eq!(
            plain_item(&item),
            json!({ "id": "a", "n": 1.5, "l": [null, false], "m": { "x": ["b"] } })
        );
    }
}
