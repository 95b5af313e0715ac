//! `GET /parameters`: the Parameter Store of SSM. Secure strings are hidden until somebody asks for one.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use chrono::DateTime;
use look::{Button, Card, Column, Errors, Field, Form, Icon, Notice, Search, Table};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::Reply;
use crate::dashboard::{
    context::Context,
    forms::{Asked, Fields},
    page::{PageError, Place, nothing, page},
    words,
};

/// Pages of ten that are fetched at most.
const MOST_PAGES: usize = 30;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/parameters", get(show))
        .route("/parameters/reveal", post(reveal))
        .route("/parameters/put", post(put))
}

/// What the page is shown for.
#[derive(Default)]
struct Asking<'a> {
    prefix: &'a str,
    /// A secure string that is shown.
    revealed: Option<(&'a str, &'a str)>,
    name: &'a str,
    value: &'a str,
    kind: &'a str,
    errors: Errors<'a>,
}

async fn show(State(context): State<Arc<Context>>, Query(asked): Asked) -> Reply {
    let said = context.flashes.said(asked.get("said"));
    let prefix = asked.get("q").map(String::as_str).unwrap_or_default();
    Ok(page_of(&context, said, &Asking { prefix, ..Asking::default() }).await?.into_response())
}

async fn page_of(
    context: &Context,
    said: Option<Notice<'_>>,
    asking: &Asking<'_>,
) -> Result<Markup, PageError> {
    let parameters: Vec<_> =
        parameters(context).await?.into_iter().filter(|p| name(p).contains(asking.prefix)).collect();
    let body = html! {
        (Card::new().flush().body(html! {
            (Search::new("/parameters", "Part of a name").value(asking.prefix))
            @if parameters.is_empty() { (nothing(Icon::Key, "No parameters", "What is put into the Parameter Store appears here.")) }
            @else { (table(context, &parameters, asking)) }
        }))
        (Card::new().title("Put a parameter").lead("An existing one gets a new version.").body(form(asking)))
    };
    let page = page(Place::Parameters, "Parameters").lead("Parameter Store of SSM").notice(said);
    Ok(page.errors(&asking.errors).body(body))
}

fn name(parameter: &Value) -> &str {
    parameter["Name"].as_str().unwrap_or_default()
}

fn table(context: &Context, parameters: &[Value], asking: &Asking<'_>) -> Markup {
    let now = context.sources.clock.now();
    let columns = [
        Column::text("Name"),
        Column::text("Value"),
        Column::brief("Type"),
        Column::number("Version"),
        Column::brief("Changed"),
    ];
    let rows = parameters.iter().map(|parameter| {
        let changed =
            parameter["LastModifiedDate"].as_f64().and_then(|at| DateTime::from_timestamp(at as i64, 0));
        [
            html! { code.foreign { (name(parameter)) } },
            value(parameter, asking),
            html! { (parameter["Type"].as_str().unwrap_or_default()) },
            html! { (parameter["Version"].as_u64().unwrap_or(1)) },
            html! { @if let Some(at) = changed { (words::ago(at, now)) } },
        ]
    });
    html! { (Table::new("Parameters", columns).rows(rows)) }
}

fn value(parameter: &Value, asking: &Asking<'_>) -> Markup {
    let name = name(parameter);
    match asking.revealed {
        Some((revealed, value)) if revealed == name => html! { code.foreign { (value) } },
        _ if parameter["Type"] == "SecureString" => Form::post("/parameters/reveal")
            .hidden("name", name.to_owned())
            .inline(Button::submit("Show").quiet().small().subject(name)),
        _ => html! { code.foreign { (parameter["Value"].as_str().unwrap_or_default()) } },
    }
}

fn form(asking: &Asking<'_>) -> Markup {
    let kinds = ["String", "StringList", "SecureString"].map(|kind| (kind, kind));
    Form::post("/parameters/put").body(html! {
        (Field::text("name", "Name").code().value(asking.name).errors(&asking.errors))
        (Field::textarea("value", "Value").rows(3).code().value(asking.value).errors(&asking.errors))
        (Field::select("kind", "Type", kinds).value(asking.kind))
        (Form::buttons(html! { (Button::submit("Put")) }))
    })
}

async fn parameters(context: &Context) -> Result<Vec<Value>, PageError> {
    let (mut all, mut token) = (Vec::new(), Value::Null);
    for _ in 0..MOST_PAGES {
        let mut input = json!({ "Path": "/", "Recursive": true, "MaxResults": 10 });
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let answer = context.cloud.call("AmazonSSM.GetParametersByPath", &input).await;
        let mut answer = answer.map_err(PageError::cloud(Place::Parameters))?;
        all.extend(answer["Parameters"].as_array().cloned().unwrap_or_default());
        token = answer["NextToken"].take();
        if token.is_null() {
            break;
        }
    }
    all.sort_by(|a, b| name(a).cmp(name(b)));
    Ok(all)
}

async fn reveal(State(context): State<Arc<Context>>, fields: Fields) -> Reply {
    let name = fields.text("name");
    let input = json!({ "Name": name, "WithDecryption": true });
    let answer = context.cloud.call("AmazonSSM.GetParameter", &input).await;
    let answer = answer.map_err(PageError::cloud(Place::Parameters))?;
    let value = answer["Parameter"]["Value"].as_str().unwrap_or_default();
    let asking = Asking { revealed: Some((name, value)), ..Asking::default() };
    Ok(page_of(&context, None, &asking).await?.into_response())
}

async fn put(State(context): State<Arc<Context>>, fields: Fields) -> Reply {
    let (name, value, kind) = (fields.text("name"), fields.raw("value"), fields.text("kind"));
    let input = json!({ "Name": name, "Value": value, "Type": kind, "Overwrite": true });
    match context.cloud.call("AmazonSSM.PutParameter", &input).await {
        Ok(answer) => {
            let text = format!("{name} has version {}.", answer["Version"]);
            Ok(context.flashes.done("/parameters", text).into_response())
        }
        Err(error) => {
            let errors = Errors::new().on("name", error.to_string());
            let asking = Asking { name, value, kind, errors, ..Asking::default() };
            let page = page_of(&context, None, &asking).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
