//! `POST /closed/restore`: takes a deletion back.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::restore_organization;

use crate::member::Seat;

pub(crate) async fn restore(
    State(resources): State<Resources>,
    Seat(mut member): Seat,
) -> Result<Redirect, Refusal> {
    let (by, origin) = (member.who.user, member.origin());
    let export = restore_organization(&mut member.tx, by, &origin).await?;
    resources.commit(member.tx).await?;
    if let Some(key) = export
        && let Err(error) = resources.files.delete(&key).await
    {
        tracing::warn!(%error, key, "an export that is of no use any more was not removed");
    }
    Ok(Redirect::to("/dashboard"))
}
