//! The id in a path. What is no id names nothing: the page of it is not found.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use bootstrap::browser::Refusal;
use http::request::Parts;

/// The `{id}` of the route, as one of something.
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Refusal::not_found())?;
        text.parse().map(Self).map_err(|_| Refusal::not_found())
    }
}
