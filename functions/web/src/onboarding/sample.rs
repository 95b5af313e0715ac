//! `POST /welcome/sample`: five customers to look around with, unless there are some already.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::add_sample_customers;

use crate::member::Editor;

pub(crate) async fn load(
    State(resources): State<Resources>,
    Editor(mut member): Editor,
) -> Result<Redirect, Refusal> {
    let origin = member.origin();
    let added = add_sample_customers(&mut member.tx, &origin).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to(if added > 0 { "/welcome?samples=1" } else { "/welcome" }))
}
