//! The people of the organization, and invitations to it.

pub(crate) mod invite;
pub(crate) mod leave;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod revoke;
pub(crate) mod role;
pub(crate) mod send_again;
pub(crate) mod show;
pub(crate) mod transfer;

use bootstrap::browser::Refusal;
use domain::organizations::{MemberError, Role};
use http::StatusCode;

/// The roles that somebody in `own` may give, with what each is for.
fn roles(own: Role) -> impl Iterator<Item = (&'static str, String)> {
    let given = Role::ALL.into_iter().rev().filter(move |role| own.may_touch(*role));
    given.map(|role| (role.name(), format!("{}: {}", title(role), role.purpose())))
}

/// `Owner`.
fn title(role: Role) -> String {
    let mut letters = role.name().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What to do about a change that was refused.
fn refused(error: MemberError) -> Refusal {
    match error {
        MemberError::LastOwner => Refusal::new(
            StatusCode::CONFLICT,
            "This is the organization's only owner. Make somebody else an owner first, or delete the organization.",
        ),
        MemberError::Forbidden => {
            Refusal::new(StatusCode::FORBIDDEN, "Only an owner may do this. Ask one of them.")
        }
        other => other.into(),
    }
}
