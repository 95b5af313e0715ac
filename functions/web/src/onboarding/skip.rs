//! `POST /welcome/skip`: takes a task off the list, or (`again`) puts it back.

use axum::{extract::State, response::Redirect};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::organizations::{Task, resume_task, skip_task};
use http::StatusCode;
use serde::Deserialize;

use crate::member::OrganizationEditor;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    task: String,
    again: String,
}

pub(crate) async fn skip(
    State(resources): State<Resources>,
    OrganizationEditor(mut member): OrganizationEditor,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Refusal> {
    let task = Task::parse(&fields.task).ok_or_else(|| {
        Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "There is no such task. Go back and choose one of the list.",
        )
    })?;
    let origin = member.origin();
    if fields.again.is_empty() {
        skip_task(&mut member.tx, task, &origin).await?;
    } else {
        resume_task(&mut member.tx, task, &origin).await?;
    }
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/welcome"))
}
