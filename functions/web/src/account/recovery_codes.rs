//! `POST /account/two-factor/recovery-codes`: ten new ones, which [`draw`] shows this once.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::identity::{Account, renew_recovery_codes, two_factor};
use look::{Button, Notice, Snippet};
use maud::{Markup, html};

use super::{
    frame::{self, Place},
    is_right,
    turn_off_two_factor::{Fields, refused},
};
use crate::person::Person;

pub(crate) async fn renew(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let person = person.without_transaction();
    if !is_right(&resources, &person, &fields.password).await? {
        return refused(&resources, &person).await;
    }
    let mut tx = resources.database.identity(person.who.user).await?;
    if !two_factor(&mut tx).await?.is_on {
        return Ok(Redirect::to("/account/two-factor").into_response());
    }
    let codes = renew_recovery_codes(&mut tx, &person.origin()).await?;
    resources.commit_for_person(tx).await?;
    Ok(draw(&person.who, &codes).into_response())
}

pub(super) fn draw(who: &Account, codes: &[String]) -> Markup {
    frame::page(who, "Your recovery codes", Place::TwoFactor)
        .notice(Notice::success("Two-factor sign-in is on. Keep these codes: they are shown this once."))
        .body(html! {
            p { "Each lets you sign in once without the app. Print them, or put them where your passwords are." }
            (Snippet::new("Recovery codes", codes.join("\n")))
            p { (Button::link("I have kept them", "/account/two-factor")) }
        })
}
