//! A shared environment's parameters. Secure strings stay what they are: they are fetched as they are stored, encrypted,
//! and not even that is shown.

use aws_sdk_ssm::{
    Client,
    operation::get_parameters_by_path::GetParametersByPathOutput,
    types::{Parameter, ParameterType},
};
use chrono::{DateTime, Utc};
use look::{Card, Column, Icon, Notice, Pagination, Table};
use maud::{Markup, html};

use super::{
    account::{Account, said},
    pages::whose,
};
use crate::dashboard::{
    page::{Place, nothing, page},
    words,
};

/// Parameters on a page: the most that SSM gives at once.
const ROWS: i32 = 10;

/// `GET /parameters`.
pub(super) async fn show(account: &Account, after: Option<&str>, now: DateTime<Utc>) -> Markup {
    let path = account.remote().parameters();
    let body = match read(account, &path, after).await {
        Err(refused) => html! { (Notice::error(refused)) },
        Ok(found) => {
            let next = found.next_token().map(|token| format!("/parameters?after={}", words::escaped(token)));
            let count = found.parameters().len();
            Card::new().title(format!("Below {path}")).flush().body(html! {
                @if count == 0 { (nothing(Icon::Key, "No parameters", "There are none below this path.")) }
                @else { (table(found.parameters(), now)) }
                (Pagination::new(if count == 1 { "parameter" } else { "parameters" }).total(count as u64).next(next))
            })
        }
    };
    page(Place::Parameters, "Parameters").lead(whose(account.remote().name())).body(body)
}

async fn read(
    account: &Account,
    path: &str,
    after: Option<&str>,
) -> Result<GetParametersByPathOutput, String> {
    let asked = Client::new(account.config().await).get_parameters_by_path().path(path).recursive(true);
    let asked = asked.with_decryption(false).max_results(ROWS).set_next_token(after.map(str::to_owned));
    asked.send().await.map_err(|error| said(&error))
}

fn table(parameters: &[Parameter], now: DateTime<Utc>) -> Markup {
    let columns = [
        Column::text("Name"),
        Column::text("Value"),
        Column::brief("Type"),
        Column::number("Version"),
        Column::brief("Changed"),
    ];
    let rows = parameters.iter().map(|parameter| {
        let changed = parameter.last_modified_date().and_then(|at| DateTime::from_timestamp(at.secs(), 0));
        [
            html! { code.foreign { (parameter.name().unwrap_or_default()) } },
            value(parameter),
            html! { (parameter.r#type().map_or("", ParameterType::as_str)) },
            html! { (parameter.version()) },
            html! { @if let Some(at) = changed { (words::ago(at, now)) } },
        ]
    });
    html! { (Table::new("Parameters", columns).rows(rows)) }
}

/// Of a kind that is known to be in the open; what is not is not shown.
fn value(parameter: &Parameter) -> Markup {
    match parameter.r#type() {
        Some(ParameterType::String | ParameterType::StringList) => {
            html! { code.foreign { (parameter.value().unwrap_or_default()) } }
        }
        _ => html! { span.aside { "hidden" } },
    }
}
