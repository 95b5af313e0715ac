//! The organizations of the person who is signed in.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod switch;

use axum::response::{IntoResponse, Redirect, Response};
use bootstrap::{
    Resources, Session,
    browser::{self, Refusal},
};
use domain::OrganizationId;
use http::header::SET_COOKIE;

/// Goes on in another organization, under a new token: privileges change with it.
pub(crate) async fn enter(
    resources: &Resources,
    session: &Session,
    organization: OrganizationId,
    page: &str,
) -> Result<Response, Refusal> {
    let token = resources.sessions.rotate(session, Some(organization)).await?;
    let cookie = token.map_or_else(browser::clear, |token| browser::set(&token));
    Ok(([(SET_COOKIE, cookie)], Redirect::to(page)).into_response())
}
