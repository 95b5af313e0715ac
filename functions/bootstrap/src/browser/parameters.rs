//! Reading query strings of pages.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// A query string of a known shape. One that cannot be read counts as left out: a mistyped address shows the page
/// without its filters and not an error.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let query = Query::from_request_parts(parts, state).await;
        Ok(Self(query.map_or_else(|_| T::default(), |Query(parameters)| parameters)))
    }
}
