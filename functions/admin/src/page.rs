//! The head's frame, and the pages of refusals.

use bootstrap::browser::Refusal;
use domain::identity::StaffMember;
use look::{Account, Brand, Button, ErrorPage, Errors, Form, Icon, NavItem, Page};

/// A page for staff.
pub(crate) fn signed_in<'a>(who: &'a StaffMember, title: &'a str) -> Page<'a> {
    let sign_out = Form::post("/logout").inline(Button::submit("Sign out").quiet().icon(Icon::SignOut));
    Page::app(title)
        .brand(Brand::Admin)
        .nav([NavItem::new("Organizations", "/").icon(Icon::Organization).current(true)])
        .account(Account::new("Velox staff", who.email.as_str(), sign_out))
}

/// What domain found wrong, for a form's summary and fields.
pub(crate) fn errors(found: &[domain::FieldError]) -> Errors<'static> {
    let mut errors = Errors::new();
    for error in found {
        errors.push(error.field.to_string(), error.message.to_string());
    }
    errors
}

/// The page of a refusal.
pub(crate) fn refusal(refusal: &Refusal, request_id: &str) -> String {
    let mut page = ErrorPage::new(refusal.status.as_u16()).brand(Brand::Admin).action("Organizations", "/");
    if !refusal.detail.is_empty() {
        page = page.detail(refusal.detail.as_str());
    }
    if refusal.status.is_server_error() {
        page = page.reference(request_id);
    }
    page.render().into_string()
}
