//! `GET /organizations/{id}`: who belongs to an organization, to sign in as one of them.

use axum::extract::Path;
use bootstrap::browser::Refusal;
use domain::organizations::{OrganizationPerson, list_people};
use look::{Button, Card, Column, Status, Table, Tone, email, foreign};
use maud::{Markup, html};

use crate::{impersonation, page, staff::Staff};

pub(crate) async fn show(mut staff: Staff, Path(id): Path<String>) -> Result<Markup, Refusal> {
    let id = id.parse().map_err(|_| Refusal::not_found())?;
    let people = list_people(&mut staff.tx, id, None).await?;
    let name =
        people.first().map(|person| person.organization_name.clone()).ok_or_else(Refusal::not_found)?;
    Ok(page::signed_in(&staff.who, &name).back("Organizations", "/").body(
        Card::new()
            .title("Members")
            .lead("Signing in as somebody asks for a reason. They are told by mail, and their audit log says so.")
            .flush()
            .body(html! { (table(&people)) }),
    ))
}

fn table(people: &[OrganizationPerson]) -> Table<'_> {
    let columns = [
        Column::text("Person"),
        Column::text("E-mail"),
        Column::brief("Role"),
        Column::brief("Since"),
        Column::actions("Actions"),
    ];
    let rows = people.iter().map(|person| {
        let sign_in = Button::link("Sign in as …", impersonation::path(person.organization, person.user));
        [
            foreign(&person.name),
            email(&person.email),
            html! { (person.role.name()) },
            html! { (person.joined_at.format("%-d %b %Y").to_string()) },
            if person.is_staff {
                html! { (Status::new(Tone::Neutral, "Staff")) }
            } else {
                html! { (sign_in.secondary().small().subject(person.name.as_str())) }
            },
        ]
    });
    Table::new("Members", columns).rows(rows)
}
