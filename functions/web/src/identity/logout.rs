//! `POST /logout`: ends the session, here and in the table.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{self, Refusal, SessionCookie},
};
use http::header::SET_COOKIE;

pub(crate) async fn logout(
    State(resources): State<Resources>,
    SessionCookie(token): SessionCookie,
) -> Result<Response, Refusal> {
    if let Some(token) = token {
        resources.sessions.end(&token).await?;
    }
    Ok(([(SET_COOKIE, browser::clear())], Redirect::to("/login?signed_out=1")).into_response())
}
