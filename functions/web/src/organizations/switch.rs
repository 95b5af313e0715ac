//! `POST /organizations/{id}/switch`: goes on in another organization of one's own.

use axum::{
    extract::{Path, State},
    response::Response,
};
use bootstrap::{Resources, browser::Refusal};
use domain::{OrganizationId, organizations::own_organizations};

use super::enter;
use crate::person::Person;

pub(crate) async fn switch(
    State(resources): State<Resources>,
    mut person: Person,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: OrganizationId = id.parse().map_err(|_| Refusal::not_found())?;
    let own = own_organizations(&mut person.tx, person.who.user).await?;
    own.iter().find(|organization| organization.id == id).ok_or_else(Refusal::not_found)?;
    enter(&resources, &person.session, id, "/dashboard").await
}
