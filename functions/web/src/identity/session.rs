//! Beginning a session, whatever showed who somebody is.

use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use bootstrap::{
    Audience, Device, Resources,
    browser::{self, Refusal},
};
use domain::{
    UserId,
    identity::{SessionEpoch, note_sign_in},
};
use http::header::SET_COOKIE;

/// Begins a session, in the epoch in which the person showed who they are, and leads to `next`, a page of this host.
pub(crate) async fn begin(
    resources: &Resources,
    (user, epoch): (UserId, SessionEpoch),
    how: &'static str,
    device: &Device,
    next: &str,
) -> Result<Response, Refusal> {
    let organization = note_sign_in(&resources.database, user, how, Some(device.address.clone())).await?;
    let token = resources.sessions.begin(Audience::App, (user, epoch), organization, device).await?;
    // Who belongs to no organization has an account all the same.
    let next = if organization.is_none() && ["/dashboard", "/welcome"].contains(&next) {
        "/organizations"
    } else {
        own_page(next)
    };
    let cookies = AppendHeaders([(SET_COOKIE, browser::set(&token)), (SET_COOKIE, browser::clear_login())]);
    Ok((cookies, Redirect::to(next)).into_response())
}

/// A path of this host, never another one: `//host` and `/\host` are addresses elsewhere to a browser.
pub(crate) fn own_page(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if own && next.is_ascii() { next } else { "/dashboard" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_no_other_host() {
        assert_eq!(own_page("/customers?search=a%20b"), "/customers?search=a%20b");
        for elsewhere in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"]
        {
            assert_eq!(own_page(elsewhere), "/dashboard", "{elsewhere}");
        }
    }
}
