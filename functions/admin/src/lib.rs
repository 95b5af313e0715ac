//! The admin head: the staff's console, one operation a file.
//!
//! A handler that takes a [`staff::Staff`] is reached only by somebody whom the schema's owner made staff. The
//! firewall in front admits the office and the VPN alone; this head does not rely on it.

mod assets;
mod fallback;
mod impersonation;
mod login;
mod login_form;
mod logout;
mod organization;
mod organizations;
mod page;
mod staff;

use axum::routing::{any, on};
use bootstrap::{
    browser,
    http::{
        Endpoint::{Fallback, Operator, Stateless},
        Head,
    },
};

/// The routes by the names of the catalogue.
pub static HEAD: Head = Head {
    endpoints: &[
        ("admin-login-form", Stateless(|method| on(method, login_form::show))),
        ("admin-login", Operator(|method| on(method, login::login))),
        ("admin-logout", Operator(|method| on(method, logout::logout))),
        ("admin-organizations", Operator(|method| on(method, organizations::show))),
        ("admin-organization", Operator(|method| on(method, organization::show))),
        ("admin-impersonation", Operator(|method| on(method, impersonation::show))),
        ("admin-impersonate", Operator(|method| on(method, impersonation::allow))),
        ("admin-assets", Stateless(|method| on(method, assets::serve))),
        ("admin-fallback", Fallback(|| any(fallback::answer))),
    ],
    layers: |router| browser::protect(router, page::refusal, look::CONTENT_SECURITY_POLICY),
};
