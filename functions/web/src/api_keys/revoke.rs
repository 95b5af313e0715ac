//! `POST /settings/api-keys/{id}/revoke`: ends a key.

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::{ApiKeyId, api_keys::revoke_api_key};

use crate::{member::ApiManager, path_id::PathId};

pub(crate) async fn revoke(
    State(resources): State<Resources>,
    ApiManager(mut member): ApiManager,
    PathId(id): PathId<ApiKeyId>,
) -> Result<Redirect, Refusal> {
    let origin = member.origin();
    revoke_api_key(&mut member.tx, id, &origin).await?.ok_or_else(Refusal::not_found)?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to("/settings/api-keys?revoked=1"))
}
