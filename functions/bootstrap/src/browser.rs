//! What every head with pages needs between a browser and its handlers: one cookie, one check against
//! cross-site requests, one set of headers, one way to refuse. No handler can forget them: they are layers.

mod device;
mod encode;
mod form;
mod guard;
mod parameters;
mod refusal;
mod session_cookie;

use axum::{Router, extract::DefaultBodyLimit, middleware};

pub use encode::encode;
pub use form::Form;
pub use parameters::Parameters;
pub use refusal::{Banner, Refusal};
pub use session_cookie::{LoginCookie, SessionCookie, clear, clear_login, set, set_for, set_login};

/// Largest body of an ordinary form in bytes; a route that takes files sets its own.
const MAX_FORM_BYTES: usize = 100_000;

/// Draws the page of a refusal; the second argument is the request's id.
pub type DrawRefusal = fn(&Refusal, &str) -> String;

/// Wraps a page's router. `content_security_policy` is what the head's pages need and no more.
pub fn protect(router: Router, draw: DrawRefusal, content_security_policy: &'static str) -> Router {
    router
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(middleware::from_fn(guard::refuse_cross_site))
        .layer(middleware::from_fn(move |request, next| refusal::render(draw, request, next)))
        .layer(middleware::map_response(move |response| async move {
            guard::add_headers(response, content_security_policy)
        }))
}
