//! `POST /members/invitations/{id}/again`: sends a new letter, whose link replaces the old one.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::send_invitation_again;

use crate::member::MemberManager;

pub(crate) async fn send_again(
    State(resources): State<Resources>,
    MemberManager(mut member): MemberManager,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = id.parse().map_err(|_| Refusal::not_found())?;
    let (by, origin) = (member.who.user, member.origin());
    send_invitation_again(&mut member.tx, by, id, &origin).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=again"))
}
