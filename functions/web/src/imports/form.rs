//! `GET /imports/new`: the form, which a refused upload shows again.

use domain::{
    imports::{COLUMNS, MAX_FILE_BYTES},
    organizations::Membership,
};
use look::{Button, Card, Errors, Facts, Field, Form, Snippet, disclosure};
use maud::{Markup, html};

use crate::{
    member::Editor,
    page::{self, Place},
};

pub(crate) async fn show(Editor(member): Editor) -> Markup {
    draw(&member.who, &Errors::new())
}

pub(super) fn draw(who: &Membership, errors: &Errors<'_>) -> Markup {
    let form = Form::post("/imports").multipart().body(html! {
        (Field::file("file", "CSV file", ".csv,.txt,text/csv,text/plain")
            .max_bytes(u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX))
            .hint("Up to 4 MB, some 36,000 customers. The first line names the columns.")
            .errors(errors))
        (Form::buttons(html! {
            (Button::submit("Import customers"))
            (Button::link("Cancel", "/imports").secondary())
        }))
    });
    page::signed_in(who, "Import customers", Place::Imports)
        .back("Imports", "/imports")
        .lead("Good rows become customers, every other row comes back with its reason. Nothing is imported twice.")
        .errors(errors)
        .narrow()
        .body(html! { (Card::new().body(html! { (form) (disclosure("What the file looks like", columns())) })) })
}

fn columns() -> Markup {
    let facts = Facts::new()
        .fact("name", html! { "Required, up to 200 characters" })
        .fact("email", html! { "Required, once per customer; upper and lower case count as equal" })
        .fact("country", html! { "Required, two letters: DE" })
        .fact("currency", html! { "Required, three letters: EUR" })
        .fact("payment_terms_days", html! { "0 to 365; 30 when empty" })
        .fact("vat_number", html! { "Optional; blanks, dots and dashes are left out" })
        .fact("address_line1, postal_code, city", html! { "Optional" })
        .fact("reference", html! { "Optional: your own number for the customer" });
    let example = format!(
        "{}\nAlpenblick Hotel AG,rechnung@alpenblick.example,,Seestraße 4,6004,Luzern,CH,CHF,30,C-1001",
        COLUMNS.join(",")
    );
    html! {
        (facts)
        (Snippet::new("Example", example))
        p { "Columns may come in any order, separated by comma, semicolon or tab; others are ignored." }
    }
}
