//! `POST /members/invitations/{id}/revoke`: ends an invitation.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::{InvitationId, organizations::revoke_invitation};

use crate::{member::MemberManager, path_id::PathId};

pub(crate) async fn revoke(
    State(resources): State<Resources>,
    MemberManager(mut member): MemberManager,
    PathId(id): PathId<InvitationId>,
) -> Result<Redirect, Refusal> {
    let (by, origin) = (member.who.user, member.origin());
    revoke_invitation(&mut member.tx, by, id, &origin).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=revoked"))
}
