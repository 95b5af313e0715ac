//! `GET` and `POST /account/delete`: the end of an account, with the password.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{self, Form, Refusal},
};
use domain::identity::{Account, DeleteAccountError, delete_account};
use http::{StatusCode, header::SET_COOKIE};
use look::{Button, Card, Errors, Field};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    WRONG_PASSWORD,
    frame::{self, Place},
    is_right,
};
use crate::person::Person;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    password: String,
}

pub(crate) async fn show(person: Person) -> Markup {
    draw(&person.who, &Errors::new())
}

pub(crate) async fn delete(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let person = person.without_transaction();
    let user = person.who.user;
    if !is_right(&resources, &person, &fields.password).await? {
        let errors = Errors::new().on("password", WRONG_PASSWORD);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&person.who, &errors)).into_response());
    }
    let messages = match delete_account(&resources.database, user, &person.origin()).await {
        Err(DeleteAccountError::LastOwner(names)) => {
            let names = names.join(", ");
            let text = format!(
                "You are the only owner of {names}, where others work. Make somebody else the owner, or delete it first."
            );
            let errors = Errors::new().form(text);
            return Ok((StatusCode::CONFLICT, draw(&person.who, &errors)).into_response());
        }
        other => other?,
    };
    // What a queue does not take now is sent by the relay.
    resources.queues.send(&messages).await;
    resources.sessions.end_all(user, None).await?;
    Ok(([(SET_COOKIE, browser::clear())], Redirect::to("/login?deleted=1")).into_response())
}

fn draw(who: &Account, errors: &Errors<'_>) -> Markup {
    let form = look::Form::post("/account/delete").body(html! {
        (Field::password("password", "Your password").errors(errors))
        (Button::submit("Delete my account for good").danger())
    });
    frame::page(who, "Delete your account", Place::Account).back("Your account", "/account").errors(errors).body(html! {
        (Card::new().title("This cannot be undone").body(html! {
            p { "You leave all your organizations. One of which you are the only member is deleted with its data after 30 days." }
            p { "What you did stays in the organizations' logs, without your name and address." }
            (form)
        }))
    })
}
