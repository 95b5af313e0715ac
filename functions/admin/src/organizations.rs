//! `GET /?search=&page=`: all organizations, the newest first, 50 on a page.

use bootstrap::browser::{Parameters, Refusal};
use domain::organizations::{OrganizationRow, list_organizations};
use look::{Button, Card, Column, EmptyState, Icon, Pagination, Search, Table, count, email, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{page, staff::Staff};

const PER_PAGE: u32 = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    search: String,
    /// 1 is the first.
    page: Option<u32>,
}

pub(crate) async fn show(
    mut staff: Staff,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Markup, Refusal> {
    let search = wanted.search.trim();
    let page = wanted.page.unwrap_or(1).clamp(1, 100_000);
    let skipped = i64::from((page - 1) * PER_PAGE);
    let (rows, total) = list_organizations(&mut staff.tx, search, skipped, i64::from(PER_PAGE)).await?;
    Ok(page::signed_in(&staff.who, "Organizations").body(Card::new().flush().body(html! {
        (Search::new("/", "Search by name or first member").name("search").value(search))
        (table(&rows, search))
        @if !rows.is_empty() { (pagination(search, page, rows.len(), total)) }
    })))
}

fn table<'a>(rows: &'a [OrganizationRow], search: &'a str) -> Table<'a> {
    let columns = [
        Column::text("Organization"),
        Column::text("First member"),
        Column::number("Members"),
        Column::brief("Since"),
    ];
    let empty = match search {
        "" => EmptyState::new(Icon::Organization, "No organizations yet"),
        _ => EmptyState::new(Icon::Search, format!("No organization matches “{search}”"))
            .text("Check the spelling, or search for a part of the name.")
            .action(html! { (Button::link("Show all organizations", "/").secondary()) }),
    };
    let cells = rows.iter().map(|row| {
        [
            html! { a href={ "/organizations/" (row.id) } { (foreign(&row.name)) } },
            email(row.owner_email.as_deref().unwrap_or_default()),
            html! { (count(u64::try_from(row.members).unwrap_or(0))) },
            html! { (row.created_at.format("%-d %b %Y").to_string()) },
        ]
    });
    Table::new("Organizations", columns).rows(cells).empty(empty)
}

fn pagination<'a>(search: &str, page: u32, shown: usize, total: i64) -> Pagination<'a> {
    let first = u64::from((page - 1) * PER_PAGE) + 1;
    let last = first + u64::try_from(shown).unwrap_or(0) - 1;
    let total = u64::try_from(total).unwrap_or(0);
    let href = |page: u32| format!("/?search={}&page={page}", bootstrap::browser::encode(search));
    Pagination::new("organizations")
        .shown(first, last)
        .total(total)
        .previous((page > 1).then(|| href(page - 1)))
        .next((last < total).then(|| href(page + 1)))
}
