//! From where a request comes, as the list of sessions shows it.

use axum::extract::FromRequestParts;
use http::{header::USER_AGENT, request::Parts};

use crate::{Device, http::ClientAddress};

/// Longest description of a browser that is kept, in bytes.
const LONGEST: usize = 300;

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, state).await?;
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // A header that reads as text is ASCII: every place is a boundary.
        let user_agent = agent[..agent.len().min(LONGEST)].to_owned();
        Ok(Self { user_agent, address: address.to_string() })
    }
}
