//! The address of the client, as the host in front of the function knows it.

use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use http::{Request, request::Parts};
use lambda_http::request::RequestContext;

/// Where a request came from.
///
/// API Gateway and the adapter put it into the event (`requestContext.http.sourceIp`), where no client can
/// reach; behind an ALB it is the last entry of `x-forwarded-for`, which the ALB itself appends ("HTTP headers
/// and Application Load Balancers"). Unspecified (`0.0.0.0`) when nobody says: no allow-list admits that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let told = match request.extensions().get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
            Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.clone(),
            Some(RequestContext::Alb(_)) => last_forwarded(request),
            _ => None,
        };
        told.and_then(|text| text.trim().parse().ok()).map_or(UNKNOWN, Self)
    }
}

const UNKNOWN: ClientAddress = ClientAddress(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

fn last_forwarded<B>(request: &Request<B>) -> Option<String> {
    let last = request.headers().get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    Some(last.rsplit(',').next()?.trim().to_owned())
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(UNKNOWN))
    }
}
