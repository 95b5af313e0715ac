//! `POST /members/{id}/transfer`: makes a member the owner in one's place.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::transfer_ownership;

use super::refused;
use crate::member::Owner;

pub(crate) async fn transfer(
    State(resources): State<Resources>,
    Owner(mut member): Owner,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = id.parse().map_err(|_| Refusal::not_found())?;
    let (by, origin) = (member.who.user, member.origin());
    transfer_ownership(&mut member.tx, by, id, &origin).await.map_err(refused)?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=transferred"))
}
