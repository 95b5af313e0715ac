//! The API head: JSON for programs, one operation a file.
//!
//! A handler that takes a [`caller::Caller`] is reached only with a key that works, from an address that the
//! organization admits. Errors are problem details (RFC 9457).

mod body;
mod caller;
mod customers;
mod fallback;
mod problem;
mod users;

use axum::{Router, extract::DefaultBodyLimit, middleware, routing::any, routing::on};
use bootstrap::http::{
    Endpoint::{Fallback, Tenant},
    Head,
};

/// Largest JSON body in bytes.
const MAX_BODY_BYTES: usize = 1_000_000;

/// The routes by the names of the catalogue.
pub static HEAD: Head = Head {
    endpoints: &[
        ("api-create-user", Tenant(|method| on(method, users::create::create))),
        ("api-list-users", Tenant(|method| on(method, users::list::list))),
        ("api-create-customer", Tenant(|method| on(method, customers::create::create))),
        ("api-list-customers", Tenant(|method| on(method, customers::list::list))),
        ("api-fallback", Fallback(|| any(fallback::answer))),
    ],
    layers: |router: Router| {
        router.layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).layer(middleware::from_fn(problem::render))
    },
};
