//! The page between the two halves of a passkey's ceremony: it carries what the browser asks the authenticator for,
//! and a small script of the look sends the answer back as an ordinary form.
//!
//! A challenge is made by a form that was sent, never by opening a page, is good for [`LIFETIME`] and is taken once.

use bootstrap::Secret;
use chrono::TimeDelta;
use domain::identity::Ceremony;
use look::Button;
use maud::{Markup, html};

/// How long the authenticator may take: as long as browsers are told to wait.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// When the answer comes later than that, or a second time.
pub(crate) const TOO_LATE: &str = "That took too long. Try again.";

/// What the authenticator is asked to do.
#[derive(Clone, Copy)]
pub(crate) enum Ask {
    Create,
    Get,
}

impl Ask {
    /// As the script knows it.
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
        }
    }

    /// The form whose answer goes to `action`. The script begins by itself; the button is there to ask again.
    pub(crate) fn form(self, action: &str, ceremony: &Ceremony, token: &Secret) -> Markup {
        html! {
            form.form method="post" action=(action) novalidate
                data-passkey=(self.name()) data-options=(ceremony.options.to_string()) {
                input type="hidden" name="ceremony" value=(token.expose());
                input type="hidden" name="credential";
                p { "Your device asks for your finger, face or PIN." }
                p.field-error data-passkey-problem role="alert" hidden {}
                (needs_javascript())
                (Button::submit("Ask my device again").wide())
            }
        }
    }
}

/// For browsers that run no scripts.
pub(crate) fn needs_javascript() -> Markup {
    html! { noscript { p { "Passkeys need JavaScript. Sign in with your password instead." } } }
}
