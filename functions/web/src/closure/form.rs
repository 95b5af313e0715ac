//! `GET /settings/deletion`: what deletion means, and the name to type; a refused one shows it again.

use domain::organizations::Membership;
use look::{Button, Card, Errors, Field, Form};
use maud::{Markup, html};

use crate::{
    member::Owner,
    page::{self, Place},
};

pub(crate) async fn show(Owner(member): Owner) -> Markup {
    draw(&member.who, "", &Errors::new())
}

pub(super) fn draw(who: &Membership, typed: &str, errors: &Errors<'_>) -> Markup {
    let form = Form::post("/settings/deletion").body(html! {
        (Field::text("name", format!("Type “{}” to go on", who.organization_name)).value(typed).errors(errors))
        (Form::buttons(html! {
            (Button::submit("Delete organization").danger())
            (Button::link("Cancel", "/settings/company").secondary())
        }))
    });
    page::signed_in(who, "Delete organization", Place::Company)
        .back("Company", "/settings/company")
        .errors(errors)
        .narrow()
        .body(Card::new().body(html! {
            p { "Everything is closed at once: for all members, and for programs with an API key." }
            p { "You get a mail with an export of customers, imports, members and the audit log." }
            p { "For 30 days an owner can restore the organization. After that, all of it is removed for good." }
            (form)
        }))
}
