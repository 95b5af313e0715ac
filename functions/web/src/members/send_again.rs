//! `POST /members/invitations/{id}/again`: sends a new letter, whose link replaces the old one.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::{InvitationId, organizations::send_invitation_again};

use crate::{member::MemberManager, path_id::PathId};

pub(crate) async fn send_again(
    State(resources): State<Resources>,
    MemberManager(mut member): MemberManager,
    PathId(id): PathId<InvitationId>,
) -> Result<Redirect, Refusal> {
    let (by, origin) = (member.who.user, member.origin());
    send_invitation_again(&mut member.tx, by, id, &origin).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=again"))
}
