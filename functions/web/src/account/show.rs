//! `GET /account`: address and password; [`draw`] is also what the forms show when something is wrong.

use bootstrap::browser;
use domain::identity::Account;
use look::{Button, Card, Errors, Facts, Field, Form, Notice, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{self, Place};
use crate::person::Person;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    saved: Option<String>,
    mailed: Option<String>,
}

pub(crate) async fn show(
    person: Person,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Markup {
    let notice = match parameters {
        Parameters { saved: Some(_), .. } => {
            Some(Notice::success("Your password was changed. All other sessions have ended."))
        }
        Parameters { mailed: Some(_), .. } => Some(Notice::info(
            "We have sent a mail to the new address. Open the link in it to use the address.",
        )),
        _ => None,
    };
    draw(&person.who, "", &Errors::new(), notice)
}

/// Fields of one name stand once on a page, so the forms have their own names for "current password".
pub(super) fn draw(who: &Account, email: &str, errors: &Errors<'_>, notice: Option<Notice<'_>>) -> Markup {
    let password = Form::post("/account/password").body(html! {
        (Field::password("current_password", "Current password").errors(errors))
        (Field::new_password("new_password", "New password")
            .hint("At least 10 characters. A sentence works well.").errors(errors))
        (Button::submit("Change password"))
    });
    let address = Form::post("/account/email").body(html! {
        (Field::email("email", "New e-mail").value(email).errors(errors))
        (Field::password("password", "Your password").errors(errors))
        (Button::submit("Send confirmation"))
    });
    frame::page(who, "Your account", Place::Account).errors(errors).notice(notice).body(html! {
        (Card::new().title("You").body(html! {
            (Facts::new().fact("Name", foreign(&who.name)).fact("E-mail", look::email(&who.email)))
        }))
        (Card::new().title("Password").lead("Changing it ends all other sessions.").body(password))
        (Card::new().title("E-mail address")
            .lead("We ask the new address for a confirmation and tell the old one.").body(address))
        (Card::new().title("Delete account").body(html! {
            p { (Button::link("Delete my account", "/account/delete").danger()) }
        }))
    })
}
