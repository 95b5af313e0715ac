//! `POST /v1/users`: creates a user of the key's organization.

use axum::{extract::State, response::IntoResponse};
use bootstrap::Resources;
use domain::{
    UserId,
    identity::{NewUser, create_user},
    organizations::Role,
};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{body::Json, caller::Caller, problem::Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    email: String,
    name: String,
    password: String,
    /// `member` when left out.
    #[serde(default)]
    role: Option<String>,
}

#[derive(Serialize)]
struct Created {
    id: UserId,
    email: String,
    name: String,
    role: &'static str,
}

pub(crate) async fn create(
    State(resources): State<Resources>,
    Caller(mut caller): Caller,
    Json(input): Json<Input>,
) -> Result<impl IntoResponse, Problem> {
    let role = match input.role.as_deref().map_or(Ok(Role::Member), str::parse) {
        Ok(Role::Owner) => return Err(Problem::field("role", "An API key cannot make owners")),
        Ok(role) => role,
        Err(message) => return Err(Problem::field("role", message)),
    };
    let user = NewUser::check(&input.name, &input.email, &input.password, role).await?;
    let origin = caller.origin();
    let id = create_user(&mut caller.tx, &user, &origin).await?;
    resources.commit(caller.tx).await?;
    let created = Created { id, email: user.email.as_str().to_owned(), name: user.name, role: role.name() };
    Ok((StatusCode::CREATED, axum::Json(created)))
}
