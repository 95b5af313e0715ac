//! `GET /settings/audit?action=&person=&from=&to=&page=`: who did what, the newest first.

use bootstrap::browser::{self, Refusal};
use domain::{
    audit::{ACTIONS, AuditEvent, MOST_EXPORTED, count_audit_events, describe, list_audit_events},
    organizations::{Colleague, colleagues},
};
use look::{
    Button, Card, Column, EmptyState, Field, Form, Icon, Notice, Pagination, Table, aside, count, email,
    foreign,
};
use maud::{Markup, html};

use super::Parameters;
use crate::{
    member::Auditor,
    page::{self, Place, date_time},
};

const PATH: &str = "/settings/audit";
const PER_PAGE: u32 = 50;

pub(crate) async fn show(
    Auditor(mut member): Auditor,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let filter = parameters.filter();
    let skipped = i64::from((parameters.page() - 1) * PER_PAGE);
    let events = list_audit_events(&mut member.tx, &filter, skipped, i64::from(PER_PAGE)).await?;
    let total = count_audit_events(&mut member.tx, &filter).await?;
    let people = colleagues(&mut member.tx).await?;
    let file = parameters.at("/settings/audit.csv", 1);
    let notice = (total > MOST_EXPORTED).then(|| {
        let most = count(u64::try_from(MOST_EXPORTED).unwrap_or(0));
        Notice::info(format!("The file has the newest {most} entries. Choose days to get older ones."))
    });
    let frame = page::signed_in(&member.who, "Audit log", Place::Audit)
        .lead("What changed who may do what, and who changed it. Nobody can alter or remove an entry.")
        .notice(notice)
        .actions(html! { (Button::link("Download CSV", file).secondary().icon(Icon::File)) });
    Ok(frame.body(html! {
        (Card::new().body(filters(&parameters, &people)))
        (Card::new().flush().body(html! {
            (table(&events))
            @if !events.is_empty() { (pagination(&parameters, events.len(), total)) }
        }))
    }))
}

fn filters(parameters: &Parameters, people: &[Colleague]) -> Markup {
    let actions = [("", "All")].into_iter().chain(ACTIONS.iter().copied());
    let everybody = [(String::new(), "All".to_owned())].into_iter();
    let people = everybody.chain(people.iter().map(|person| (person.id.to_string(), person.label())));
    Form::filters(
        PATH,
        html! {
            (Field::select("action", "What", actions).value(&parameters.action).filter())
            (Field::select("person", "Person", people).value(&parameters.person).filter())
            (Field::date("from", "From").value(&parameters.from).filter())
            (Field::date("to", "To").value(&parameters.to).filter())
            (Form::buttons(html! {
                (Button::submit("Show").secondary())
                @if parameters.filter().is_set() { (Button::link("Clear", PATH).quiet()) }
            }))
        },
    )
}

fn table(events: &[AuditEvent]) -> Table<'_> {
    let columns = [
        Column::brief("When"),
        Column::text("Who"),
        Column::text("What"),
        Column::text("On what"),
        Column::code("From"),
    ];
    let rows = events.iter().map(|event| {
        [
            html! { (date_time(event.at)) },
            html! {
                (foreign(&event.actor))
                @if let Some(address) = &event.actor_email { " " span.aside { (email(address)) } }
                @if let Some(support) = &event.support { " " span.aside { "by Velox support, " (email(support)) } }
            },
            html! {
                (describe(&event.action))
                @if !event.detail.is_empty() { " " (aside(&event.detail)) }
            },
            html! {
                (foreign(&event.subject))
                @if let Some(id) = event.subject_id { " " (aside(&id.to_string())) }
            },
            html! { (event.address.as_deref().unwrap_or("–")) },
        ]
    });
    let empty =
        EmptyState::new(Icon::Shield, "No entry matches").text("Choose other days, or another person.");
    Table::new("Audit log", columns).rows(rows).empty(empty)
}

fn pagination<'a>(parameters: &Parameters, shown: usize, total: i64) -> Pagination<'a> {
    let (page, total) = (parameters.page(), u64::try_from(total).unwrap_or(0));
    let before = u64::from((page - 1) * PER_PAGE);
    let last = before + u64::try_from(shown).unwrap_or(0);
    Pagination::new("entries")
        .shown(before + 1, last)
        .total(total)
        .previous((page > 1).then(|| parameters.at(PATH, page - 1)))
        .next((last < total).then(|| parameters.at(PATH, page + 1)))
}
