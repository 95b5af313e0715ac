//! `POST /members/invitations/{id}/revoke`: ends an invitation.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::revoke_invitation;

use crate::member::MemberManager;

pub(crate) async fn revoke(
    State(resources): State<Resources>,
    MemberManager(mut member): MemberManager,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = id.parse().map_err(|_| Refusal::not_found())?;
    let (by, origin) = (member.who.user, member.origin());
    revoke_invitation(&mut member.tx, by, id, &origin).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=revoked"))
}
