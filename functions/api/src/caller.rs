//! Who calls: the key from `Authorization: Bearer …`, checked against its organization's allow-list.

use axum::extract::FromRequestParts;
use bootstrap::{Resources, http::ClientAddress};
use domain::api_keys::{ApiCaller, AuthenticateError, authenticate_api_key};
use http::{header, request::Parts};

use crate::problem::Problem;

/// A program that may call, with its tenant's transaction.
pub(crate) struct Caller(pub(crate) ApiCaller);

impl FromRequestParts<Resources> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, resources: &Resources) -> Result<Self, Problem> {
        let Ok(address) = ClientAddress::from_request_parts(parts, resources).await;
        let key = bearer(parts).ok_or(AuthenticateError::UnknownKey)?;
        Ok(Self(authenticate_api_key(&resources.database, key, address.0).await?))
    }
}

/// RFC 6750, 2.1; the scheme's case does not count.
fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
