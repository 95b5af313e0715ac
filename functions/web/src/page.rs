//! The head's frame: navigation and account around a page, and the pages of refusals.

use bootstrap::browser::Refusal;
use chrono::{DateTime, Utc};
use domain::identity::Impersonator;
use domain::organizations::{
    Membership,
    Permission::{self, EditOrganization, ManageApi, ViewAudit, ViewCustomers, ViewMembers},
};
use look::{Account, Button, ErrorPage, Errors, Form, Icon, NavItem, Page};
use maud::{Markup, PreEscaped};

/// Where a page stands in the navigation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Overview,
    Customers,
    Imports,
    Members,
    Company,
    ApiKeys,
    AllowList,
    Audit,
}

/// Each with the permission that its page asks for.
const NAVIGATION: [(Place, &str, &str, Icon, Permission); 8] = [
    (Place::Overview, "Overview", "/dashboard", Icon::Overview, ViewCustomers),
    (Place::Customers, "Customers", "/customers", Icon::Customers, ViewCustomers),
    (Place::Imports, "Imports", "/imports", Icon::Import, ViewCustomers),
    (Place::Members, "Members", "/members", Icon::Customers, ViewMembers),
    (Place::Company, "Company", "/settings/company", Icon::Organization, EditOrganization),
    (Place::ApiKeys, "API keys", "/settings/api-keys", Icon::Key, ManageApi),
    (Place::AllowList, "Allow-list", "/settings/allow-list", Icon::Shield, ManageApi),
    (Place::Audit, "Audit log", "/settings/audit", Icon::Activity, ViewAudit),
];

/// Other organizations in the menu of every page; all of them are on a page of their own.
const IN_MENU: usize = 8;

/// A page for somebody signed in; the navigation leads only to what their role may see.
pub(crate) fn signed_in<'a>(who: &'a Membership, title: &'a str, place: Place) -> Page<'a> {
    let reachable = NAVIGATION.into_iter().filter(|(.., permission)| who.role.allows(*permission));
    let nav = reachable
        .map(|(item, label, href, icon, _)| NavItem::new(label, href).icon(icon).current(item == place));
    let sign_out = Form::post("/logout").inline(Button::submit("Sign out").quiet().icon(Icon::SignOut));
    let elsewhere =
        who.elsewhere.iter().filter(|organization| organization.closed_at.is_none()).take(IN_MENU);
    let account = elsewhere.fold(
        Account::new(who.organization_name.as_str(), who.email.as_str(), sign_out),
        |account, organization| {
            account
                .elsewhere(organization.name.as_str(), format!("/organizations/{}/switch", organization.id))
        },
    );
    let banner = who.impersonator.as_ref().map(|by| support(&who.email, by));
    // Both are closed to staff in the person's place.
    let account = if banner.is_some() {
        account
    } else {
        account.link("Your account", "/account", Icon::Settings).link(
            "Your organizations",
            "/organizations",
            Icon::Organization,
        )
    };
    Page::app(title).home("/dashboard").nav(nav).account(account).banner(banner)
}

/// What stands on every page while staff act in a person's place.
pub(crate) fn support(email: &str, by: &Impersonator) -> Markup {
    let ends = by.until.format("%H:%M UTC").to_string();
    look::support_banner(email, &by.email, &ends, "/logout")
}

/// A page for everybody.
pub(crate) fn public(title: &str) -> Page<'_> {
    Page::plain(title).nav([NavItem::new("Sign in", "/login"), NavItem::new("Create account", "/sign-up")])
}

/// What domain found wrong, for a form's summary and fields.
pub(crate) fn errors(found: &[domain::FieldError]) -> Errors<'static> {
    let mut errors = Errors::new();
    for error in found {
        errors.push(error.field.to_string(), error.message.to_string());
    }
    errors
}

/// `22 Nov 2026, 16:09 UTC`.
pub(crate) fn date_time(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// The page of a refusal.
pub(crate) fn refusal(refusal: &Refusal, request_id: &str) -> String {
    let banner = refusal.banner.clone().map(PreEscaped);
    let mut page =
        ErrorPage::new(refusal.status.as_u16()).banner(banner).action("Go to the overview", "/dashboard");
    if !refusal.detail.is_empty() {
        page = page.detail(refusal.detail.as_str());
    }
    if refusal.status.is_server_error() {
        page = page.reference(request_id);
    }
    page.render().into_string()
}
