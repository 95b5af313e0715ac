//! `GET /account/passkeys` and its forms. The page carries what the browser needs to make a passkey; a small script
//! of the look asks the authenticator and sends an ordinary form.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources, Secret, TokenError, TokenKind,
    browser::{self, Form, Refusal},
};
use chrono::TimeDelta;
use domain::{
    IdentityTx, PasskeyId,
    identity::{Passkey, PasskeyError, RelyingParty, begin_registration, passkeys, register, remove_passkey},
};
use http::{StatusCode, header::SET_COOKIE};
use look::{Button, Card, Column, Confirm, EmptyState, Errors, Field, Icon, Notice, Table, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    WRONG_PASSWORD,
    frame::{self, Place},
    is_right,
};
use crate::{page::date_time, person::Person};

/// How long the authenticator may take.
const CEREMONY: TimeDelta = TimeDelta::minutes(10);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    saved: Option<String>,
    removed: Option<String>,
}

/// What the form brings back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    ceremony: Secret,
    credential: String,
    name: String,
    password: String,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    mut person: Person,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let notice = if parameters.saved.is_some() {
        Some(Notice::success("The passkey is registered. You can sign in with it from now on."))
    } else {
        parameters.removed.map(|_| Notice::success("The passkey signs nobody in any more."))
    };
    draw(&resources, &mut person, "", &Errors::new(), notice).await
}

pub(crate) async fn add(
    State(resources): State<Resources>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let person = person.without_transaction();
    let is_right = is_right(&resources, &person, &fields.password).await?;
    let mut person = person.begin(&resources).await?;
    if !is_right {
        return again(&resources, &mut person, &fields, "password", WRONG_PASSWORD).await;
    }
    let taken = resources
        .tokens
        .take::<(domain::UserId, Vec<u8>)>(TokenKind::PasskeyRegistration, &fields.ceremony)
        .await;
    let state = match taken {
        Ok((user, state)) if user == person.who.user => state,
        Err(TokenError::Unavailable(error)) => return Err(error.into()),
        _ => return again(&resources, &mut person, &fields, "name", "That took too long. Try again").await,
    };
    let party = RelyingParty::of(&resources.configuration.app_url)?;
    let origin = person.origin();
    let registered =
        register(&mut person.tx, &party, &state, &fields.credential, &fields.name, &origin).await;
    match registered {
        Err(PasskeyError::Known | PasskeyError::Refused(_) | PasskeyError::TooMany) => {
            // The transaction may have failed with it.
            let mut person = person.anew(&resources).await?;
            let text = "The passkey was not accepted. Try again, or use another device";
            return again(&resources, &mut person, &fields, "name", text).await;
        }
        other => other?,
    }
    let (person, tx) = person.split();
    resources.commit_for_person(tx).await?;
    let cookie = person.rotate(&resources).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/account/passkeys?saved=1")).into_response())
}

pub(crate) async fn remove(
    State(resources): State<Resources>,
    mut person: Person,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let origin = person.origin();
    if let Ok(id) = id.parse::<PasskeyId>() {
        remove_passkey(&mut person.tx, id, &origin).await?;
    }
    let (_, tx) = person.split();
    resources.commit_for_person(tx).await?;
    Ok(Redirect::to("/account/passkeys?removed=1").into_response())
}

async fn again(
    resources: &Resources,
    person: &mut Person<IdentityTx>,
    fields: &Fields,
    field: &'static str,
    text: &str,
) -> Result<Response, Refusal> {
    let errors = Errors::new().on(field, text);
    let page = draw(resources, person, &fields.name, &errors, None).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn draw(
    resources: &Resources,
    person: &mut Person<IdentityTx>,
    name: &str,
    errors: &Errors<'_>,
    notice: Option<Notice<'_>>,
) -> Result<Markup, Refusal> {
    let party = RelyingParty::of(&resources.configuration.app_url)?;
    let ceremony = begin_registration(&mut person.tx, &party, &person.who.email).await?;
    let payload = (person.who.user, ceremony.state);
    let token = resources.tokens.issue(TokenKind::PasskeyRegistration, &payload, CEREMONY).await?;
    let known = passkeys(&mut person.tx).await?;
    let form = html! {
        form.form method="post" action="/account/passkeys" novalidate
            data-passkey="create" data-options=(ceremony.options.to_string()) {
            input type="hidden" name="ceremony" value=(token.expose());
            input type="hidden" name="credential";
            (Field::text("name", "Name").hint("So that you know it later: “my phone”.").max_length(100)
                .value(name).optional().errors(errors))
            (Field::password("password", "Your password").errors(errors))
            p data-passkey-problem role="alert" hidden {}
            noscript { p { "Making a passkey needs JavaScript." } }
            (Button::submit("Add passkey").icon(Icon::Plus))
        }
    };
    let table = table(&known);
    Ok(frame::page(&person.who, "Passkeys", Place::Passkeys)
        .lead("Sign in with your finger, face or PIN instead of a password. A passkey cannot be guessed, nor be typed into a wrong page.")
        .errors(errors)
        .notice(notice)
        .script(look::assets::href("passkeys.js"))
        .body(html! {
            (Card::new().title("Yours").flush().body(html! { (table) }))
            (Card::new().title("Add a passkey").body(form))
        }))
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
