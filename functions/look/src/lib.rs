//! The look of Velox: one design system for every page that a person sees, so that the heads (`web`, `admin`, the
//! local runner's dashboard) decide what a page says and never how it looks.
//!
//! Everything here is a small builder that implements [`maud::Render`], so it is spliced into `html!` with
//! parentheses; all text is escaped by construction. There are no inline styles and no inline scripts: the pages
//! work under a strict Content-Security-Policy, and without JavaScript.
//!
//! # Which component?
//!
//! | I need | use |
//! | --- | --- |
//! | a page for a signed-in person, with navigation | [`Page::app`], [`NavItem`], [`Account`] |
//! | a page before sign-in: home, sign-up, sign-in | [`Page::plain`], with a [`Hero`] or a [`Pitch`] |
//! | a page that says what went wrong (404, 403, 500 …) | [`ErrorPage`] |
//! | one message after an action: "Key revoked" | [`Notice`], given to [`Page::notice`] |
//! | a form | [`Form`] around [`Field`]s and a [`Button`]; [`Form::inline`] for one button |
//! | to say what is wrong with a form | [`Errors`], given to [`Page::errors`] and [`Field::errors`] |
//! | rows | [`Table`] with [`Column`]s, [`Pagination`] below it, [`Search`] above |
//! | "there is nothing here yet" | [`EmptyState`] |
//! | a job that runs | [`Live`] around a [`Progress`] |
//! | one word about the state of a thing | [`Status`] |
//! | figures on a dashboard | [`Stats`] of [`Stat`]s |
//! | that staff act in a customer's place | [`support_banner`] |
//! | a panel, a list of facts, a fold-out | [`Card`], [`Facts`], [`disclosure`] |
//! | a secret shown once, a command to copy | [`Secret`], [`Snippet`] |
//! | to ask before something is destroyed | [`Confirm`] |
//! | a customer's name, in any script; an e-mail address | [`foreign`], [`email`] |
//! | a count: `10,000` | [`count`] |
//! | a picture | [`Icon`] |
//! | the style sheet and script, with hashed names | [`assets`] |
//!
//! ```
//! use look::{Column, Errors, Field, Form, Button, NavItem, Page, Table};
//! use maud::html;
//!
//! let errors = Errors::new().on("email", "Enter an email address, like name@example.com");
//! let page = Page::app("New customer").nav([NavItem::new("Customers", "/customers").current(true)]).errors(&errors).body(
//!     Form::post("/customers").hidden("csrf", "token").body(html! {
//!         (Field::email("email", "Email address").value("name@").errors(&errors))
//!         (Button::submit("Add customer"))
//!     }),
//! );
//! assert!(page.into_string().contains("<a href=\"#field-email\">"));
//! ```
//!
//! `cargo run -p look --example gallery <folder>` writes all of it as static pages, to be looked at.

pub mod assets;
mod button;
mod card;
mod code;
mod confirm;
mod control;
mod empty_state;
mod error_page;
mod errors;
mod field;
mod form;
mod hero;
mod icon;
mod navigation;
mod notice;
mod page;
mod pagination;
mod progress;
mod search;
mod shell;
mod stat;
mod status;
mod support;
mod table;
mod text;
mod wordmark;

#[cfg(test)]
mod contrast;

pub use button::Button;
pub use card::{Card, Facts, disclosure};
pub use code::{Secret, Snippet};
pub use confirm::Confirm;
pub use empty_state::EmptyState;
pub use error_page::ErrorPage;
pub use errors::Errors;
pub use field::Field;
pub use form::Form;
pub use hero::{Hero, Pitch};
pub use icon::Icon;
pub use navigation::{Account, Brand, NavItem};
pub use notice::Notice;
pub use page::Page;
pub use pagination::Pagination;
pub use progress::{Live, Progress};
pub use search::Search;
pub use stat::{Stat, Stats};
pub use status::{Status, Tone};
pub use support::support_banner;
pub use table::{Column, Table};
pub use text::{aside, count, email, foreign, plural};
pub use wordmark::{mark, wordmark};

/// The `Content-Security-Policy` that every page of ours works under: nothing inline, nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
    script-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Text that a component takes: `&str`, `String` or `&String`.
pub(crate) type Text<'a> = std::borrow::Cow<'a, str>;
