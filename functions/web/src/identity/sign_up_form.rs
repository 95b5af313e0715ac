//! `GET /sign-up`: the form, which a refused sign-up shows again.

use look::{Button, Errors, Field, Form, Page, Pitch};
use maud::{Markup, html};
use serde::Deserialize;

use crate::page;

/// The form's fields as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    pub(super) organization: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password: String,
}

pub(crate) async fn show() -> Markup {
    draw(&Fields::default(), &Errors::new())
}

/// The form with what was typed, but for the password.
pub(super) fn draw(fields: &Fields, errors: &Errors<'_>) -> Markup {
    let organization = Field::text("organization", "Company");
    let organization = if errors.is_empty() { organization.focused() } else { organization };
    let form = Form::post("/sign-up").body(html! {
        (organization.value(fields.organization.as_str()).autocomplete("organization")
            .errors(errors))
        (Field::text("name", "Your name").value(fields.name.as_str()).autocomplete("name").errors(errors))
        (Field::email("email", "Work e-mail").value(fields.email.as_str()).errors(errors))
        (Field::new_password("password", "Password").hint("At least 10 characters. A sentence works well.")
            .errors(errors))
        (Button::submit("Create account").wide())
    });
    frame().errors(errors).body(html! {
        (form)
        p { "Have an account? " a href="/login" { "Sign in" } }
    })
}

fn frame() -> Page<'static> {
    let pitch = Pitch::new("What you can do right away")
        .point(
            "Bring your customers",
            "Upload a CSV file. Good rows go in, the others come back with a reason.",
        )
        .point(
            "Nothing twice",
            "Customers are told apart by their e-mail address: import as often as you like.",
        )
        .point(
            "Your systems, connected",
            "An API key takes one click; an allow-list keeps everybody else out.",
        );
    page::public("Create your account").pitch(pitch)
}
