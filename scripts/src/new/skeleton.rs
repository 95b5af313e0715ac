//! The source of a new function: short, in the manner of its neighbours, and complete enough to answer.

use catalog::Head;

use super::{Function, Kind, RouteMethod};

/// Its line in the head's table.
pub(super) fn table_line(function: &Function) -> String {
    let (name, module) = (&function.name, function.module());
    match (&function.kind, function.head) {
        (Kind::Route { .. }, Head::Admin) => {
            format!("(\"{name}\", Operator(|method| on(method, {module}::handle))),")
        }
        (Kind::Route { .. }, _) => format!("(\"{name}\", Tenant(|method| on(method, {module}::handle))),"),
        (Kind::Job, _) => format!("(\"{name}\", Endpoint::Message({module}::run)),"),
        (Kind::Schedule { .. }, _) => format!("(\"{name}\", Endpoint::Schedule({module}::run)),"),
    }
}

/// Its three lines.
pub(super) fn binary(function: &Function) -> String {
    let (head, name) = (function.head.name(), &function.name);
    format!("fn main() -> std::process::ExitCode {{\n    {head}::HEAD.serve(\"{name}\")\n}}\n")
}

/// Its handler.
pub(super) fn handler(function: &Function) -> String {
    let template = match (&function.kind, function.head) {
        (Kind::Route { method: RouteMethod::Get, .. }, Head::Web) => WEB_PAGE,
        (Kind::Route { method: RouteMethod::Post, .. }, Head::Web) => WEB_FORM,
        (Kind::Route { method: RouteMethod::Get, .. }, Head::Admin) => ADMIN_PAGE,
        (Kind::Route { method: RouteMethod::Post, .. }, Head::Admin) => ADMIN_FORM,
        (Kind::Route { .. }, _) => API,
        (Kind::Job, _) => JOB,
        (Kind::Schedule { .. }, _) => SCHEDULE,
    };
    let what = match &function.kind {
        Kind::Route { method, path } => format!("`{} {path}`", method.token()),
        Kind::Job | Kind::Schedule { .. } => format!("`{}`", function.name),
    };
    template.trim_start().replace("WHAT", &what).replace("TITLE", &title(&function.module()))
}

/// `sent_reminders` is `Sent reminders`.
fn title(module: &str) -> String {
    let words = module.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

const WEB_PAGE: &str = r#"
//! WHAT: say here what the page shows.

use bootstrap::browser::Refusal;
use maud::{Markup, html};

use crate::{
    member::Member,
    page::{self, Place},
};

pub(crate) async fn handle(member: Member) -> Result<Markup, Refusal> {
    Ok(page::signed_in(&member.who, "TITLE", Place::Overview).body(html! { p { "Nothing here yet." } }))
}
"#;

const WEB_FORM: &str = r#"
//! WHAT: say here what the form does.

use axum::response::Redirect;
use bootstrap::browser::Refusal;

use crate::member::Editor;

pub(crate) async fn handle(_editor: Editor) -> Result<Redirect, Refusal> {
    Ok(Redirect::to("/dashboard"))
}
"#;

const ADMIN_PAGE: &str = r#"
//! WHAT: say here what the page shows.

use bootstrap::browser::Refusal;
use maud::{Markup, html};

use crate::{page, staff::Staff};

pub(crate) async fn handle(staff: Staff) -> Result<Markup, Refusal> {
    Ok(page::signed_in(&staff.who, "TITLE").body(html! { p { "Nothing here yet." } }))
}
"#;

const ADMIN_FORM: &str = r#"
//! WHAT: say here what the form does.

use axum::response::Redirect;
use bootstrap::browser::Refusal;

use crate::staff::Staff;

pub(crate) async fn handle(_staff: Staff) -> Result<Redirect, Refusal> {
    Ok(Redirect::to("/"))
}
"#;

const API: &str = r#"
//! WHAT: say here what the operation does.

use serde_json::{Value, json};

use crate::{caller::Caller, problem::Problem};

pub(crate) async fn handle(Caller(_caller): Caller) -> Result<axum::Json<Value>, Problem> {
    Ok(axum::Json(json!({ "data": [] })))
}
"#;

const JOB: &str = r#"
//! WHAT: say here what it does for one tenant. A message may come twice: key the work, so that twice is once.

use bootstrap::{
    Resources,
    jobs::{JobError, Run},
};
use serde_json::{Value, json};

pub(crate) fn run(resources: &Resources, message: Value) -> Run<'_> {
    Box::pin(work(resources, message))
}

async fn work(_resources: &Resources, message: Value) -> Result<Value, JobError> {
    tracing::info!(body = %message, "nothing to do yet");
    Ok(json!({}))
}
"#;

const SCHEDULE: &str = r#"
//! WHAT: say here what it does. A fire may come twice: key the work by the fire time, so that twice is once.

use bootstrap::{
    OperatorResources,
    jobs::{JobError, Run},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub(crate) fn run(resources: &OperatorResources, fire_time: DateTime<Utc>) -> Run<'_> {
    Box::pin(work(resources, fire_time))
}

async fn work(_resources: &OperatorResources, fire_time: DateTime<Utc>) -> Result<Value, JobError> {
    tracing::info!(%fire_time, "nothing to do yet");
    Ok(json!({}))
}
"#;
