//! The web head: the customers' pages, one operation a file.
//!
//! A handler that takes a [`member::Member`] is reached only by somebody who is signed in, one that takes a
//! [`member::Reader`], an [`member::Editor`] or another of its kind only by a member whose role may do so.

mod allow_list;
mod api_keys;
mod assets;
mod audit;
mod closure;
mod company;
mod customers;
mod dashboard;
mod fallback;
mod home;
mod identity;
mod imports;
mod invitations;
mod member;
mod members;
mod onboarding;
mod organizations;
mod page;
mod person;

use axum::{
    extract::DefaultBodyLimit,
    routing::{any, on},
};
use bootstrap::{
    browser,
    http::{
        Endpoint::{Fallback, Stateless, Tenant},
        Head,
    },
};

/// The routes by the names of the catalogue.
pub static HEAD: Head = Head {
    endpoints: &[
        ("web-home", Stateless(|method| on(method, home::show))),
        ("web-sign-up-form", Stateless(|method| on(method, identity::sign_up_form::show))),
        ("web-sign-up", Tenant(|method| on(method, identity::sign_up::sign_up))),
        ("web-login-form", Stateless(|method| on(method, identity::login_form::show))),
        ("web-login", Tenant(|method| on(method, identity::login::login))),
        ("web-logout", Tenant(|method| on(method, identity::logout::logout))),
        ("web-dashboard", Tenant(|method| on(method, dashboard::show))),
        ("web-customers", Tenant(|method| on(method, customers::list::show))),
        ("web-imports", Tenant(|method| on(method, imports::list::show))),
        ("web-import-form", Tenant(|method| on(method, imports::form::show))),
        // The host in front limits the request, and domain the file, with words.
        (
            "web-start-import",
            Tenant(|method| on(method, imports::start::start).layer(DefaultBodyLimit::disable())),
        ),
        ("web-import", Tenant(|method| on(method, imports::show::show))),
        ("web-api-keys", Tenant(|method| on(method, api_keys::list::show))),
        ("web-create-api-key", Tenant(|method| on(method, api_keys::create::create))),
        ("web-revoke-api-key", Tenant(|method| on(method, api_keys::revoke::revoke))),
        ("web-allow-list", Tenant(|method| on(method, allow_list::show::show))),
        ("web-update-allow-list", Tenant(|method| on(method, allow_list::update::update))),
        ("web-welcome", Tenant(|method| on(method, onboarding::show::show))),
        ("web-skip-task", Tenant(|method| on(method, onboarding::skip::skip))),
        ("web-load-samples", Tenant(|method| on(method, onboarding::sample::load))),
        ("web-company", Tenant(|method| on(method, company::show::show))),
        ("web-update-company", Tenant(|method| on(method, company::update::update))),
        ("web-audit", Tenant(|method| on(method, audit::show::show))),
        ("web-audit-file", Tenant(|method| on(method, audit::export::export))),
        ("web-members", Tenant(|method| on(method, members::list::show))),
        ("web-member", Tenant(|method| on(method, members::show::show))),
        ("web-change-role", Tenant(|method| on(method, members::role::change))),
        ("web-remove-member", Tenant(|method| on(method, members::remove::remove))),
        ("web-transfer-ownership", Tenant(|method| on(method, members::transfer::transfer))),
        ("web-leave", Tenant(|method| on(method, members::leave::leave))),
        ("web-invite", Tenant(|method| on(method, members::invite::invite))),
        ("web-invite-again", Tenant(|method| on(method, members::send_again::send_again))),
        ("web-revoke-invitation", Tenant(|method| on(method, members::revoke::revoke))),
        ("web-invitation", Tenant(|method| on(method, invitations::show::show))),
        ("web-accept-invitation", Tenant(|method| on(method, invitations::accept::accept))),
        ("web-join", Tenant(|method| on(method, invitations::join::join))),
        ("web-organizations", Tenant(|method| on(method, organizations::list::show))),
        ("web-create-organization", Tenant(|method| on(method, organizations::create::create))),
        ("web-switch-organization", Tenant(|method| on(method, organizations::switch::switch))),
        ("web-deletion", Tenant(|method| on(method, closure::form::show))),
        ("web-delete-organization", Tenant(|method| on(method, closure::delete::delete))),
        ("web-closed", Tenant(|method| on(method, closure::show::show))),
        ("web-restore-organization", Tenant(|method| on(method, closure::restore::restore))),
        ("web-export", Tenant(|method| on(method, closure::export::download))),
        ("web-assets", Stateless(|method| on(method, assets::serve))),
        ("web-fallback", Fallback(|| any(fallback::answer))),
    ],
    layers: |router| browser::protect(router, page::refusal, look::CONTENT_SECURITY_POLICY),
};
