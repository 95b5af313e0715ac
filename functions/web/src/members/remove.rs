//! `POST /members/{id}/remove`: ends somebody's membership.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::remove_member;

use super::refused;
use crate::member::MemberManager;

pub(crate) async fn remove(
    State(resources): State<Resources>,
    MemberManager(mut member): MemberManager,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = id.parse().map_err(|_| Refusal::not_found())?;
    let (by, origin) = (member.who.user, member.origin());
    remove_member(&mut member.tx, by, id, &origin).await.map_err(refused)?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=removed"))
}
