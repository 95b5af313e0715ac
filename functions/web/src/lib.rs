//! The web head: the customers' pages, one operation a file.
//!
//! A handler that takes a [`member::Member`] is reached only by somebody who is signed in, one that takes a
//! [`member::Reader`], an [`member::Editor`] or another of its kind only by a member whose role may do so.

mod account;
mod admission;
mod allow_list;
mod api_keys;
mod assets;
mod audit;
mod ceremony;
mod closure;
mod company;
mod customers;
mod dashboard;
mod fallback;
mod home;
mod identity;
mod impersonation;
mod imports;
mod invitations;
mod member;
mod members;
mod onboarding;
mod organizations;
mod page;
mod path_id;
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
        ("web-confirm-sign-up-form", Tenant(|method| on(method, identity::confirm_sign_up::show))),
        ("web-confirm-sign-up", Tenant(|method| on(method, identity::confirm_sign_up::confirm))),
        ("web-second-factor-form", Tenant(|method| on(method, identity::second_factor::show))),
        ("web-second-factor", Tenant(|method| on(method, identity::second_factor::check))),
        ("web-reset-password-form", Stateless(|method| on(method, identity::reset_password::show))),
        ("web-reset-password", Tenant(|method| on(method, identity::reset_password::request))),
        ("web-choose-password-form", Tenant(|method| on(method, identity::choose_password::show))),
        ("web-choose-password", Tenant(|method| on(method, identity::choose_password::choose))),
        ("web-confirm-email-form", Tenant(|method| on(method, identity::confirm_email::show))),
        ("web-confirm-email", Tenant(|method| on(method, identity::confirm_email::confirm))),
        ("web-confirm-new-email-form", Tenant(|method| on(method, identity::confirm_new_email::show))),
        ("web-confirm-new-email", Tenant(|method| on(method, identity::confirm_new_email::confirm))),
        ("web-account", Tenant(|method| on(method, account::show::show))),
        ("web-change-password", Tenant(|method| on(method, account::change_password::change))),
        ("web-change-email", Tenant(|method| on(method, account::change_email::change))),
        ("web-sessions", Tenant(|method| on(method, account::sessions::show))),
        ("web-end-session", Tenant(|method| on(method, account::sessions::end))),
        ("web-end-other-sessions", Tenant(|method| on(method, account::sessions::end_others))),
        ("web-two-factor", Tenant(|method| on(method, account::two_factor::show))),
        ("web-turn-on-two-factor", Tenant(|method| on(method, account::turn_on_two_factor::change))),
        ("web-turn-off-two-factor", Tenant(|method| on(method, account::turn_off_two_factor::change))),
        ("web-recovery-codes", Tenant(|method| on(method, account::recovery_codes::renew))),
        ("web-passkey-login-form", Stateless(|method| on(method, identity::passkey_login::show))),
        ("web-passkey-login", Tenant(|method| on(method, identity::passkey_login::login))),
        ("web-passkeys", Tenant(|method| on(method, account::passkeys::show))),
        ("web-add-passkey", Tenant(|method| on(method, account::add_passkey::add))),
        ("web-remove-passkey", Tenant(|method| on(method, account::passkeys::remove))),
        ("web-delete-account-form", Tenant(|method| on(method, account::delete::show))),
        ("web-delete-account", Tenant(|method| on(method, account::delete::delete))),
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
        ("web-make-export", Tenant(|method| on(method, closure::make_export::make))),
        ("web-export", Tenant(|method| on(method, closure::export::download))),
        ("web-impersonation", Tenant(|method| on(method, impersonation::show))),
        ("web-impersonate", Tenant(|method| on(method, impersonation::begin))),
        ("web-assets", Stateless(|method| on(method, assets::serve))),
        ("web-fallback", Fallback(|| any(fallback::answer))),
    ],
    layers: |router| browser::protect(router, page::refusal, look::CONTENT_SECURITY_POLICY),
};
