//! `GET /v1/customers?limit=&cursor=&search=`: the organization's customers by name, a page at a time.

use domain::customers::{Cursor, ListCustomers, list_customers};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{body::Parameters, caller::Caller, problem::Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// 1..=500; 50 when left out.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    #[serde(default)]
    search: String,
}

pub(crate) async fn list(
    Caller(mut caller): Caller,
    Parameters(query): Parameters<Query>,
) -> Result<axum::Json<Value>, Problem> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=500).contains(&limit) {
        return Err(Problem::field("limit", "Use a number from 1 to 500"));
    }
    let after = match query.cursor.as_deref().map(Cursor::decode) {
        Some(None) => return Err(Problem::field("cursor", "Use the next_cursor of the page before")),
        Some(cursor) => cursor,
        None => None,
    };
    let list = ListCustomers { search: query.search, after, limit, ..ListCustomers::default() };
    let page = list_customers(&mut caller.tx, &list).await?;
    Ok(axum::Json(json!({
        "data": page.customers,
        "total": page.total,
        "next_cursor": page.next.map(Cursor::encode),
    })))
}
