//! `GET /account/passkeys`: one's passkeys, a form to begin with another, and the one to remove one.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{self, Refusal},
};
use domain::{
    IdentityTx, PasskeyId,
    identity::{Passkey, passkeys, remove_passkey, two_factor},
};
use look::{Button, Card, Column, Confirm, EmptyState, Errors, Field, Icon, Notice, Table, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{self, Place};
use crate::{ceremony, page::date_time, path_id::PathId, person::Person};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    saved: Option<String>,
    removed: Option<String>,
}

pub(crate) async fn show(
    mut person: Person,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let notice = if parameters.saved.is_some() {
        Some(Notice::success("The passkey is registered. You can sign in with it from now on."))
    } else {
        parameters.removed.map(|_| Notice::success("The passkey signs nobody in any more."))
    };
    draw(&mut person, "", &Errors::new(), notice).await
}

pub(crate) async fn remove(
    State(resources): State<Resources>,
    mut person: Person,
    PathId(id): PathId<PasskeyId>,
) -> Result<Response, Refusal> {
    let origin = person.origin();
    if !remove_passkey(&mut person.tx, id, &origin).await? {
        return Err(Refusal::not_found());
    }
    let (_, tx) = person.split();
    resources.commit_for_person(tx).await?;
    Ok(Redirect::to("/account/passkeys?removed=1").into_response())
}

/// The page, with what was typed for the name.
pub(super) async fn draw(
    person: &mut Person<IdentityTx>,
    name: &str,
    errors: &Errors<'_>,
    notice: Option<Notice<'_>>,
) -> Result<Markup, Refusal> {
    let known = passkeys(&mut person.tx).await?;
    let two_factor = two_factor(&mut person.tx).await?.is_on;
    let form = look::Form::post("/account/passkeys").body(html! {
        (Field::text("name", "Name").hint("So that you know it later: “my phone”.").max_length(100)
            .value(name).optional().errors(errors))
        (Field::password("password", "Your password").errors(errors))
        (ceremony::needs_javascript())
        (Button::submit("Add passkey").icon(Icon::Plus))
    });
    let table = table(&known);
    Ok(frame::page(&person.who, "Passkeys", Place::Passkeys)
        .lead("Sign in with your finger, face or PIN instead of a password. A passkey cannot be guessed, nor be typed into a wrong page.")
        .errors(errors)
        .notice(notice)
        .body(html! {
            (Card::new().title("Yours").flush().body(html! { (table) }))
            (Card::new().title("Add a passkey").body(form))
            (beside_the_password(two_factor))
        }))
}

/// What a passkey does not change: the password goes on working as it did.
fn beside_the_password(two_factor: bool) -> Markup {
    html! {
        @if two_factor {
            p { "Your password still signs you in, with a code of your app or one of these passkeys after it." }
        } @else {
            p { "Your password still signs you in without a passkey. To have it ask for a second factor, "
                a href="/account/two-factor" { "turn on two-factor sign-in" } "." }
        }
    }
}

fn table(known: &[Passkey]) -> Table<'_> {
    let columns = [
        Column::text("Name"),
        Column::brief("Registered"),
        Column::brief("Last used"),
        Column::actions("Actions"),
    ];
    let rows = known.iter().map(|passkey| {
        let remove = Button::submit("Remove").danger().small().subject(format!("passkey {}", passkey.name));
        let question = format!("Remove “{}”?", passkey.name);
        let remove = Confirm::new(format!("remove-{}", passkey.id), remove, question)
            .text("It signs you in no more. Your password still does.");
        [
            foreign(&passkey.name),
            html! { (date_time(passkey.created_at)) },
            html! { (passkey.last_used_at.map_or_else(|| "Never".to_owned(), date_time)) },
            remove.form(format!("/account/passkeys/{}/remove", passkey.id), "Remove passkey"),
        ]
    });
    let empty = EmptyState::new(Icon::Key, "No passkeys yet").text("Add the first one below.");
    Table::new("Passkeys", columns).rows(rows.collect::<Vec<_>>()).empty(empty)
}
