//! `POST /members/invitations`: invites an address.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Form, Refusal},
};
use domain::{
    Failure,
    organizations::{InviteError, invite as invite_address},
};
use http::StatusCode;

use super::list::{Fields, draw};
use crate::{member::MemberManager, page};

pub(crate) async fn invite(
    State(resources): State<Resources>,
    MemberManager(mut member): MemberManager,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let (by, origin) = (member.who.user, member.origin());
    match invite_address(&mut member.tx, by, &fields.email, &fields.role, &origin).await {
        Err(error @ InviteError::Invalid(_)) => {
            let page = draw(&mut member, &fields, &page::errors(error.fields()), None).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        other => other?,
    };
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/members?done=invited").into_response())
}
