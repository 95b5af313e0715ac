//! `POST /members/{id}/transfer`: makes a member the owner in one's place.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::{UserId, organizations::transfer_ownership};

use super::refused;
use crate::{member::Owner, path_id::PathId};

pub(crate) async fn transfer(
    State(resources): State<Resources>,
    Owner(mut member): Owner,
    PathId(id): PathId<UserId>,
) -> Result<Redirect, Refusal> {
    let (by, origin) = (member.who.user, member.origin());
    transfer_ownership(&mut member.tx, by, id, &origin).await.map_err(refused)?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=transferred"))
}
