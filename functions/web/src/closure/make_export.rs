//! `POST /closed/export`: has an export made again that did not come about.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::retry_export;

use crate::member::Seat;

pub(crate) async fn make(
    State(resources): State<Resources>,
    Seat(mut member): Seat,
) -> Result<Redirect, Refusal> {
    retry_export(&mut member.tx, member.who.user).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/closed?again=1"))
}
