//! Links from mails. Opening one only shows a page with a button: programs that look through mail follow links, and
//! use nothing up by that. A link that opens nothing gets a page that says why and what to do next.

use axum::response::{IntoResponse, Response};
use bootstrap::{Resources, Secret, TokenError, TokenKind, browser::Refusal};
use http::StatusCode;
use look::{Button, Form};
use maud::{Markup, html};
use serde::{Deserialize, de::DeserializeOwned};

use crate::page;

/// What a link carries, in its query or as the form's hidden field.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Carried {
    pub(crate) token: Secret,
}

/// The kinds of links.
#[derive(Clone, Copy)]
pub(crate) enum Link {
    SignUp,
    Email,
    NewEmail,
    Password,
}

impl Link {
    const fn kind(self) -> TokenKind {
        match self {
            Self::SignUp => TokenKind::ConfirmSignUp,
            Self::Email => TokenKind::ConfirmEmail,
            Self::NewEmail => TokenKind::ChangeEmail,
            Self::Password => TokenKind::ResetPassword,
        }
    }

    /// What to do when it opens nothing.
    const fn way_out(self) -> (&'static str, &'static str) {
        match self {
            Self::SignUp => ("Sign up again", "/sign-up"),
            Self::Email => ("Sign in for a new link", "/login"),
            Self::NewEmail => ("Ask for it again", "/account"),
            Self::Password => ("Ask for a new link", "/reset-password"),
        }
    }

    /// What the link is good for, left in place; or the page that says why it is good for nothing.
    pub(crate) async fn peek<P: DeserializeOwned>(
        self,
        resources: &Resources,
        token: &Secret,
    ) -> Result<P, Response> {
        resources.tokens.peek(self.kind(), token).await.map_err(|error| self.refused(error))
    }

    /// What the link is good for, used up; or the page that says why it is good for nothing.
    pub(crate) async fn take<P: DeserializeOwned>(
        self,
        resources: &Resources,
        token: &Secret,
    ) -> Result<P, Response> {
        resources.tokens.take(self.kind(), token).await.map_err(|error| self.refused(error))
    }

    /// The page with the button.
    pub(crate) fn button(self, title: &str, text: &str, action: &str, label: &str, token: &Secret) -> Markup {
        page::public(title).body(html! {
            p { (text) }
            (Form::post(action).hidden("token", token.expose()).body(html! { (Button::submit(label).wide()) }))
        })
    }

    /// Used, expired or never made.
    fn refused(self, error: TokenError) -> Response {
        let (status, title, text) = match error {
            TokenError::Unavailable(error) => return Refusal::from(error).into_response(),
            TokenError::Used => (
                StatusCode::GONE,
                "This link was used",
                "A link from a mail works once. If it was you, go on and sign in.",
            ),
            TokenError::Expired => {
                (StatusCode::GONE, "This link has expired", "Links from mails work for a short time only.")
            }
            TokenError::Unknown => (
                StatusCode::NOT_FOUND,
                "This link is not complete",
                "We never sent it like this. Copy the whole address from the mail, or get a new mail.",
            ),
        };
        let (label, href) = self.way_out();
        let page = page::public(title).body(html! {
            p { (text) }
            p { (Button::link(label, href)) " " (Button::link("Sign in", "/login").secondary()) }
        });
        (status, page).into_response()
    }
}
