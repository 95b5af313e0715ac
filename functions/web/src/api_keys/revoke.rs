//! `POST /settings/api-keys/{id}/revoke`: ends a key.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use bootstrap::{Resources, browser::Refusal};
use domain::api_keys::revoke_api_key;

use crate::member::ApiManager;

pub(crate) async fn revoke(
    State(resources): State<Resources>,
    ApiManager(mut member): ApiManager,
    Path(id): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = id.parse().map_err(|_| Refusal::not_found())?;
    let origin = member.origin();
    revoke_api_key(&mut member.tx, id, &origin).await?.ok_or_else(Refusal::not_found)?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/settings/api-keys?revoked=1"))
}
