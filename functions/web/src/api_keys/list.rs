//! `GET /settings/api-keys`: the keys and a form for a new one; [`draw`] is also what the other two operations show.

use axum::extract::State;
use bootstrap::{
    Resources,
    browser::{self, Refusal},
};
use domain::{
    api_keys::{ApiKey, list_api_keys},
    organizations::Membership,
};
use look::{
    Button, Card, Column, Confirm, EmptyState, Errors, Field, Form, Icon, Notice, Secret, Snippet, Table,
    aside, foreign,
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    member::ApiManager,
    page::{self, Place, date_time},
};

/// What is shown besides the keys themselves.
#[derive(Default)]
pub(super) struct Extras<'a> {
    /// A new key's name and text: shown this once.
    pub(super) secret: Option<(&'a str, &'a str)>,
    pub(super) name: &'a str,
    pub(super) errors: Errors<'a>,
    pub(super) revoked: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    revoked: Option<String>,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    ApiManager(mut member): ApiManager,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let keys = list_api_keys(&mut member.tx).await?;
    let extras = Extras { revoked: parameters.revoked.is_some(), ..Extras::default() };
    Ok(draw(&resources, &member.who, &keys, &extras))
}

pub(super) fn draw(resources: &Resources, who: &Membership, keys: &[ApiKey], extras: &Extras<'_>) -> Markup {
    let notice = extras
        .revoked
        .then(|| Notice::success("The key was revoked. Programs that use it are refused from now on."));
    page::signed_in(who, "API keys", Place::ApiKeys)
        .lead("A key lets a program read and write your customers.")
        .errors(&extras.errors)
        .notice(notice)
        .body(html! {
            @if let Some((name, secret)) = extras.secret {
                (Secret::new(format!("API key “{name}”"), secret))
                (Snippet::new("Try it", example(resources, secret)))
            }
            (Card::new().flush().body(html! { (table(keys)) }))
            (Card::new().title("New key").body(form(extras)))
        })
}

fn form(extras: &Extras<'_>) -> Markup {
    Form::post("/settings/api-keys").body(html! {
        (Field::text("name", "Name").hint("Where the key will be used, so that you know it later.").max_length(100)
            .value(extras.name).errors(&extras.errors))
        (Button::submit("Create key").icon(Icon::Plus))
    })
}

fn example(resources: &Resources, secret: &str) -> String {
    let url = &resources.configuration.api_url;
    format!("curl '{url}/v1/customers?limit=2' \\\n  --header 'Authorization: Bearer {secret}'")
}

fn table(keys: &[ApiKey]) -> Table<'_> {
    let columns = [
        Column::text("Name"),
        Column::code("Key"),
        Column::brief("Created"),
        Column::brief("Last used"),
        Column::actions("Actions"),
    ];
    let rows = keys.iter().map(|key| {
        let revoke = Button::submit("Revoke").danger().small().subject(format!("key {}", key.name));
        let revoke = Confirm::new(format!("revoke-{}", key.id), revoke, format!("Revoke “{}”?", key.name))
            .text("Programs that use this key are refused at once. This cannot be undone.");
        [
            foreign(&key.name),
            html! { (key.prefix) },
            html! { (date_time(key.created_at)) " " (aside(&format!("by {}", key.created_by))) },
            html! { (key.last_used_at.map_or_else(|| "Never".to_owned(), date_time)) },
            revoke.form(format!("/settings/api-keys/{}/revoke", key.id), "Revoke key"),
        ]
    });
    let empty = EmptyState::new(Icon::Key, "No keys yet").text("Create one below; its text is shown once.");
    Table::new("API keys", columns).rows(rows).empty(empty)
}
