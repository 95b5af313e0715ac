//! `GET /v1/users`: the members of the key's organization.

use domain::identity::list_users;
use serde_json::{Value, json};

use crate::{caller::Caller, problem::Problem};

pub(crate) async fn list(Caller(mut caller): Caller) -> Result<axum::Json<Value>, Problem> {
    let users = list_users(&mut caller.tx).await?;
    Ok(axum::Json(json!({ "data": users })))
}
