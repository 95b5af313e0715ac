//! The session's cookie. `__Host-` binds it to this very host over HTTPS, or to loopback (RFC 6265bis, 4.1.3.2).

use axum::extract::FromRequestParts;
use axum_extra::extract::CookieJar;
use http::{HeaderValue, request::Parts};

use crate::Secret;

const NAME: &str = "__Host-velox";
const ATTRIBUTES: &str = "Path=/; HttpOnly; Secure; SameSite=Lax";
/// As long as a session can last.
const MAX_AGE_S: u32 = 90 * 24 * 60 * 60;

/// What the browser presents; none when nobody is signed in.
#[derive(Debug, Clone)]
pub struct SessionCookie(pub Option<Secret>);

impl<S: Sync> FromRequestParts<S> for SessionCookie {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        Ok(Self(jar.get(NAME).map(|cookie| Secret::presented(cookie.value()))))
    }
}

/// `Set-Cookie` for a session that begins.
#[must_use]
pub fn set(token: &Secret) -> HeaderValue {
    set_for(token, i64::from(MAX_AGE_S))
}

/// The same for one that ends after so many seconds.
#[must_use]
pub fn set_for(token: &Secret, max_age_s: i64) -> HeaderValue {
    let text = format!("{NAME}={}; {ATTRIBUTES}; Max-Age={max_age_s}", token.expose());
    HeaderValue::from_str(&text).expect("base64url fits into a header")
}

/// `Set-Cookie` for a session that ends.
#[must_use]
pub fn clear() -> HeaderValue {
    HeaderValue::from_str(&format!("{NAME}=; {ATTRIBUTES}; Max-Age=0")).expect("constants fit into a header")
}

const LOGIN_NAME: &str = "__Host-velox-login";
/// As long as a second factor may take.
const LOGIN_MAX_AGE_S: u32 = 10 * 60;

/// The ticket of somebody whose password was right and whose second factor is asked for: a cookie of its own, so that
/// nothing takes it for a session.
#[derive(Debug, Clone)]
pub struct LoginCookie(pub Option<Secret>);

impl<S: Sync> FromRequestParts<S> for LoginCookie {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        Ok(Self(jar.get(LOGIN_NAME).map(|cookie| Secret::presented(cookie.value()))))
    }
}

/// `Set-Cookie` for the ticket of a second factor.
#[must_use]
pub fn set_login(ticket: &Secret) -> HeaderValue {
    let text = format!("{LOGIN_NAME}={}; {ATTRIBUTES}; Max-Age={LOGIN_MAX_AGE_S}", ticket.expose());
    HeaderValue::from_str(&text).expect("base64url fits into a header")
}

/// `Set-Cookie` when the ticket was used.
#[must_use]
pub fn clear_login() -> HeaderValue {
    HeaderValue::from_str(&format!("{LOGIN_NAME}=; {ATTRIBUTES}; Max-Age=0"))
        .expect("constants fit into a header")
}
