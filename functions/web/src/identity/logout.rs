//! `POST /logout`: ends the session, here and in the table. One of staff in a customer's place is noted as ended.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources, Session,
    browser::{self, Refusal, SessionCookie},
    http::ClientAddress,
};
use domain::{
    StorageError,
    audit::{Actor, Origin},
    identity::note_end_of_impersonation,
};
use http::header::SET_COOKIE;

pub(crate) async fn logout(
    State(resources): State<Resources>,
    ClientAddress(address): ClientAddress,
    SessionCookie(token): SessionCookie,
) -> Result<Response, Refusal> {
    if let Some(token) = token
        && let Some(ended) = resources.sessions.end(&token).await?
    {
        let (actor, impersonator) = (Actor::User(ended.user), ended.impersonator.clone());
        let origin = Origin { actor, address: Some(address.to_string()), impersonator };
        note_end(&resources, &ended, &origin).await?;
    }
    Ok(([(SET_COOKIE, browser::clear())], Redirect::to("/login?signed_out=1")).into_response())
}

/// Notes the end of a session that staff had in a person's place; of any other there is nothing to note.
pub(crate) async fn note_end(
    resources: &Resources,
    ended: &Session,
    origin: &Origin,
) -> Result<(), StorageError> {
    let (Some(_), Some(organization)) = (&ended.impersonator, ended.organization) else { return Ok(()) };
    note_end_of_impersonation(&resources.database, (organization, ended.user), origin).await
}
