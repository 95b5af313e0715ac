//! `GET /configuration`: how runner and functions are set, with where each value came from.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use look::{Card, Column, Table};
use maud::{Markup, html};

use crate::dashboard::{
    Setting,
    context::Context,
    forms::Asked,
    page::{Place, page},
};

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/configuration", get(show))
}

async fn show(State(context): State<Arc<Context>>, Query(asked): Asked) -> Markup {
    let secrets = asked.get("secrets").is_some_and(|value| value == "shown");
    let common = common(&context);
    let body = html! {
        (Card::new().title("Runner").flush().body(table("Runner", &context.sources.settings, secrets)))
        (Card::new().title("Environment of every function").flush().body(table("Environment of every function", &common, secrets)))
        (Card::new().title("What single functions have besides").flush().body(single(&context, &common, secrets)))
        p.aside {
            @if secrets { "Passwords are shown. " a href="/configuration" { "Hide them" } }
            @else { "Passwords are hidden. " a href="/configuration?secrets=shown" { "Show them" } }
        }
    };
    page(Place::Configuration, "Configuration")
        .lead("How the runner and the functions are set, and why.")
        .body(body)
}

/// What all functions have in common.
fn common(context: &Context) -> Vec<Setting> {
    let mut environments = context.sources.environments.values();
    let first = environments.next().cloned().unwrap_or_default();
    first.into_iter().filter(|setting| environments.clone().all(|other| other.contains(setting))).collect()
}

/// Environment variables that not every function has, or not with the same value.
fn single(context: &Context, common: &[Setting], secrets: bool) -> Markup {
    let columns =
        [Column::text("Function"), Column::code("Name"), Column::code("Value"), Column::text("From")];
    let mut table = Table::new("What single functions have besides", columns);
    for (function, environment) in &context.sources.environments {
        for setting in environment.iter().filter(|setting| !common.contains(setting)) {
            table.push([
                html! { a href={ "/functions/" (function) } { (function) } },
                html! { (setting.name) },
                html! { span.foreign { (shown(&setting.value, secrets)) } },
                html! { (setting.origin) },
            ]);
        }
    }
    html! { (table) }
}

fn shown(value: &str, secrets: bool) -> String {
    if secrets { value.to_owned() } else { hidden(value) }
}

fn table(caption: &str, settings: &[Setting], secrets: bool) -> Markup {
    let columns = [Column::code("Name"), Column::code("Value"), Column::text("From")];
    let rows = settings.iter().map(|setting| {
        let value = shown(&setting.value, secrets);
        [html! { (setting.name) }, html! { span.foreign { (value) } }, html! { (setting.origin) }]
    });
    html! { (Table::new(caption, columns).rows(rows)) }
}

/// Without the password of an address.
fn hidden(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let Some((user, host)) = rest.split_once('@') else { return value.to_owned() };
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:[hidden]@{host}")
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn passwords_of_addresses_are_hidden() {
        assert_eq!(
            hidden("postgres://app:p%40@127.0.0.1:1/velox"),
            "postgres://app:[hidden]@127.0.0.1:1/velox"
        );
        assert_eq!(hidden("http://127.0.0.1:4001"), "http://127.0.0.1:4001");
        assert_eq!(hidden("plain"), "plain");
    }
}
