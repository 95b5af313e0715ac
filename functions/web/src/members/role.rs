//! `POST /members/{id}/role`: gives a member another role.

use axum::{extract::State, response::Redirect};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::{
    UserId,
    organizations::{Role, change_role, role_of},
};
use http::StatusCode;
use serde::Deserialize;

use super::refused;
use crate::{member::MemberManager, path_id::PathId};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    role: String,
}

pub(crate) async fn change(
    State(resources): State<Resources>,
    MemberManager(mut member): MemberManager,
    PathId(id): PathId<UserId>,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Refusal> {
    // First whether there is such a member, so that a wrong role tells nobody more.
    role_of(&mut member.tx, id).await?.ok_or_else(Refusal::not_found)?;
    let role: Role = fields
        .role
        .parse()
        .map_err(|message: &str| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{message}.")))?;
    let (by, origin) = (member.who.user, member.origin());
    change_role(&mut member.tx, by, id, role, &origin).await.map_err(refused)?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=role"))
}
