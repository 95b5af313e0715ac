//! `POST /members/leave`: ends one's own membership, and goes on where one belongs.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::leave as end_membership;

use super::refused;
use crate::member::Member;

pub(crate) async fn leave(
    State(resources): State<Resources>,
    mut member: Member,
) -> Result<Redirect, Refusal> {
    let (user, origin) = (member.who.user, member.origin());
    end_membership(&mut member.tx, user, &origin).await.map_err(refused)?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/organizations?left=1"))
}
