//! The frame of the account's pages.

use domain::identity::Account;
use look::{Button, Form, Icon, NavItem, Page};

/// Where a page stands in the navigation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Account,
    Sessions,
    TwoFactor,
    Passkeys,
}

const NAVIGATION: [(Place, &str, &str, Icon); 4] = [
    (Place::Account, "Your account", "/account", Icon::Settings),
    (Place::Sessions, "Sessions", "/account/sessions", Icon::Activity),
    (Place::TwoFactor, "Two-factor sign-in", "/account/two-factor", Icon::Shield),
    (Place::Passkeys, "Passkeys", "/account/passkeys", Icon::Key),
];

pub(super) fn page<'a>(who: &'a Account, title: &'a str, place: Place) -> Page<'a> {
    let back = NavItem::new("Back to the overview", "/dashboard").icon(Icon::Overview);
    let own = NAVIGATION
        .map(|(item, label, href, icon)| NavItem::new(label, href).icon(icon).current(item == place));
    let sign_out = Form::post("/logout").inline(Button::submit("Sign out").quiet().icon(Icon::SignOut));
    let account = look::Account::new(who.name.as_str(), who.email.as_str(), sign_out);
    Page::app(title).home("/dashboard").nav(std::iter::once(back).chain(own)).account(account).narrow()
}
