//! `GET /login`: the form, which a refused login shows again.

use look::{Brand, Button, Errors, Field, Form, Page};
use maud::Markup;
use maud::html;

pub(crate) async fn show() -> Markup {
    draw("", &Errors::new())
}

pub(super) fn draw(email: &str, errors: &Errors<'_>) -> Markup {
    let field = Field::email("email", "E-mail");
    let field = if errors.is_empty() { field.focused() } else { field };
    Page::plain("Staff sign-in").brand(Brand::Admin).errors(errors).body(Form::post("/login").body(html! {
        (field.value(email).errors(errors))
        (Field::password("password", "Password").errors(errors))
        (Button::submit("Sign in").wide())
    }))
}
