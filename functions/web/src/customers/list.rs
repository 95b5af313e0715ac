//! `GET /customers?search=&import=&after=&before=`: searched, by name, 50 on a page.

use bootstrap::browser::{self, Refusal};
use domain::{
    ImportId,
    customers::{Cursor, Customer, CustomerPage, ListCustomers, list_customers},
};
use look::{Button, Card, Column, EmptyState, Icon, Notice, Pagination, Search, Table, email, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    member::Reader,
    page::{self, Place},
};

const PER_PAGE: u16 = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    search: String,
    import: String,
    after: String,
    before: String,
}

impl Parameters {
    /// What cannot be read counts as left out: a mistyped address shows the first page.
    fn to_list(&self) -> ListCustomers {
        ListCustomers {
            search: self.search.clone(),
            import: self.import.parse().ok(),
            after: Cursor::decode(&self.after),
            before: Cursor::decode(&self.before),
            limit: PER_PAGE,
        }
    }

    /// Whether an empty list may have customers beside it.
    fn is_filtered(&self) -> bool {
        [&self.search, &self.import, &self.after, &self.before].iter().any(|value| !value.trim().is_empty())
    }

    fn href(&self, direction: &str, cursor: Cursor) -> String {
        let mut query = form_urlencoded(&[("search", &self.search), ("import", &self.import)]);
        query.push_str(&format!("{direction}={}", cursor.encode()));
        format!("/customers?{query}")
    }
}

fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    let set = pairs.iter().filter(|(_, value)| !value.is_empty());
    set.map(|(name, value)| format!("{name}={}&", browser::encode(value))).collect()
}

pub(crate) async fn show(
    Reader(mut member): Reader,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let found = list_customers(&mut member.tx, &parameters.to_list()).await?;
    let mut frame = page::signed_in(&member.who, "Customers", Place::Customers);
    let filtered = parameters.is_filtered();
    if found.customers.is_empty() && !filtered {
        // The button to begin with stands in the middle, and there is nothing to search.
        return Ok(frame.body(Card::new().flush().body(html! { (empty(&parameters)) })));
    }
    frame = frame.actions(html! { (Button::link("Import customers", "/imports/new").icon(Icon::Import)) });
    let one_import = parameters.import.parse::<ImportId>().is_ok().then(|| {
        let all = html! { a href="/customers" { "Show all customers" } };
        Notice::info("Only customers of one import are shown.").details(all)
    });
    let mut search = Search::new("/customers", "Search by name, e-mail, city or reference");
    search = search.name("search").value(parameters.search.as_str());
    if !parameters.import.is_empty() {
        let cleared = format!("/customers?import={}", browser::encode(&parameters.import));
        search = search.hidden("import", parameters.import.as_str()).cleared(cleared);
    }
    let list = Card::new().flush().body(html! {
        (search)
        (table(&found, &parameters))
        @if !found.customers.is_empty() { (pagination(&found, &parameters)) }
    });
    Ok(frame.body(html! { @if let Some(notice) = one_import { (notice) } (list) }))
}

fn table<'a>(found: &'a CustomerPage, parameters: &'a Parameters) -> Table<'a> {
    let columns = [
        Column::text("Name"),
        Column::text("E-mail"),
        Column::text("City"),
        Column::code("VAT number"),
        Column::number("Terms"),
        Column::code("Reference"),
    ];
    Table::new("Customers", columns).rows(found.customers.iter().map(row)).empty(empty(parameters))
}

fn row(customer: &Customer) -> [Markup; 6] {
    [
        foreign(&customer.name),
        email(&customer.email),
        html! { @if !customer.city.is_empty() { (foreign(&customer.city)) ", " } (customer.country) },
        html! { (customer.vat_number.as_deref().unwrap_or_default()) },
        html! { (customer.payment_terms_days) " days" },
        foreign(&customer.reference),
    ]
}

fn empty(parameters: &Parameters) -> EmptyState<'_> {
    let all = html! { (Button::link("Show all customers", "/customers").secondary()) };
    if parameters.search.trim().is_empty() && parameters.is_filtered() {
        return EmptyState::new(Icon::Customers, "No customers here").action(all);
    }
    if parameters.search.trim().is_empty() {
        return EmptyState::new(Icon::Customers, "No customers yet")
            .text("Upload a CSV file with their names and addresses.")
            .action(html! { (Button::link("Import customers", "/imports/new").icon(Icon::Import)) });
    }
    EmptyState::new(Icon::Search, format!("No customer matches “{}”", parameters.search.trim()))
        .text("Check the spelling, or search for a part of the name.")
        .action(all)
}

fn pagination<'a>(found: &CustomerPage, parameters: &Parameters) -> Pagination<'a> {
    let preceding = u64::try_from(found.preceding).unwrap_or(0);
    let shown = u64::try_from(found.customers.len()).unwrap_or(0);
    Pagination::new("customers")
        .shown(preceding + 1, preceding + shown)
        .total(u64::try_from(found.total).ok())
        .previous(found.previous.map(|cursor| parameters.href("before", cursor)))
        .next(found.next.map(|cursor| parameters.href("after", cursor)))
}
