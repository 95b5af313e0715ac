//! `POST /organizations/{id}/switch`: goes on in another organization of one's own.

use axum::{extract::State, response::Response};
use bootstrap::{Resources, browser::Refusal};
use domain::{OrganizationId, organizations::own_organizations};

use super::enter;
use crate::{path_id::PathId, person::Person};

pub(crate) async fn switch(
    State(resources): State<Resources>,
    mut person: Person,
    PathId(id): PathId<OrganizationId>,
) -> Result<Response, Refusal> {
    let own = own_organizations(&mut person.tx, person.who.user).await?;
    own.iter().find(|organization| organization.id == id).ok_or_else(Refusal::not_found)?;
    enter(&resources, &person.session, id, "/dashboard").await
}
