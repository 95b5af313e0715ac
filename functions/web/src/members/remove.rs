//! `POST /members/{id}/remove`: ends somebody's membership.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::{UserId, organizations::remove_member};

use super::refused;
use crate::{member::MemberManager, path_id::PathId};

pub(crate) async fn remove(
    State(resources): State<Resources>,
    MemberManager(mut member): MemberManager,
    PathId(id): PathId<UserId>,
) -> Result<Redirect, Refusal> {
    let (by, origin) = (member.who.user, member.origin());
    remove_member(&mut member.tx, by, id, &origin).await.map_err(refused)?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=removed"))
}
