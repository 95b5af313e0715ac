//! The page for a status that is not a success: what happened, in words, and what to do now.

use maud::{Markup, html};

use crate::{Brand, Button, Page, Text};

/// A page for a status of 400 and above: `ErrorPage::new(404).render()`.
#[derive(Debug, Clone)]
pub struct ErrorPage<'a> {
    status: u16,
    brand: Brand,
    detail: Option<Text<'a>>,
    reference: Option<Text<'a>>,
    action: (Text<'a>, Text<'a>),
    banner: Option<Markup>,
}

impl<'a> ErrorPage<'a> {
    /// The page of an HTTP status. Statuses without words of their own get those of 400 or 500.
    #[must_use]
    pub fn new(status: u16) -> Self {
        let action = match status {
            401 => ("Sign in", "/login"),
            _ => ("Go to the start page", "/"),
        };
        Self {
            status,
            brand: Brand::Web,
            detail: None,
            reference: None,
            action: (action.0.into(), action.1.into()),
            banner: None,
        }
    }

    /// The head that it belongs to.
    #[must_use]
    pub fn brand(mut self, brand: Brand) -> Self {
        self.brand = brand;
        self
    }

    /// Says more than the status does, in place of its words: "This file is 14 MB. The limit is 10 MB."
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Text<'a>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The request id, for the person to quote and for us to find.
    #[must_use]
    pub fn reference(mut self, request_id: impl Into<Text<'a>>) -> Self {
        self.reference = Some(request_id.into());
        self
    }

    /// The way out, in place of "Go to the start page".
    #[must_use]
    pub fn action(mut self, label: impl Into<Text<'a>>, href: impl Into<Text<'a>>) -> Self {
        self.action = (label.into(), href.into());
        self
    }

    /// As [`Page::banner`].
    #[must_use]
    pub fn banner(mut self, banner: impl Into<Option<Markup>>) -> Self {
        self.banner = banner.into();
        self
    }

    /// The document.
    #[must_use]
    pub fn render(self) -> Markup {
        let (title, advice) = words(self.status);
        let advice = self.detail.as_deref().unwrap_or(advice);
        Page::plain(title).brand(self.brand).banner(self.banner).own_heading().body(html! {
            div.error-page {
                p.error-status { "Error " (self.status) }
                h1 { (title) }
                p.lead { (advice) }
                div.buttons { (Button::link(self.action.0, self.action.1)) }
                @if let Some(reference) = &self.reference {
                    p.error-reference { "If you write to us, quote " code { (reference) } "." }
                }
            }
        })
    }
}

/// What happened and what to do, for people who do not know the numbers.
fn words(status: u16) -> (&'static str, &'static str) {
    match status {
        401 => ("You are signed out", "Sign in to see this page. You will come back to it."),
        403 => (
            "You may not see this",
            "Your account does not have access to this page. Ask an owner of your organization for it.",
        ),
        404 => (
            "There is nothing here",
            "The address may be mistyped, or what was here has moved. Check the address, or start again.",
        ),
        405 => (
            "That does not work here",
            "This page cannot be used in the way it was asked for. Go back and use its form again.",
        ),
        408 | 504 => (
            "That took too long",
            "We stopped waiting for an answer. Try again; what you sent may have been saved, so check first.",
        ),
        409 => (
            "Somebody was faster",
            "This was changed while you were working on it. Go back, load the page again and look at what is there now.",
        ),
        410 => ("This is gone", "The link has expired or was used already. Ask for a new one."),
        413 => (
            "That is too large",
            "What you sent is larger than we take. Split it into smaller parts and try again.",
        ),
        415 | 422 => (
            "We cannot read that",
            "What you sent is not in a form that we understand. Go back and check it.",
        ),
        429 => {
            ("That was too often", "You tried many times in a short while. Wait a minute, then try again.")
        }
        502 | 503 => (
            "We will be right back",
            "This part of Velox is not answering. Your data is safe. Try again in a minute.",
        ),
        500.. => (
            "Something went wrong on our side",
            "It is not your fault, and we have been told. Try again in a minute.",
        ),
        _ => ("We did not understand that", "Your browser sent something unexpected. Go back and try again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_says_what_to_do() {
        for status in 400..600 {
            let html = ErrorPage::new(status).render().into_string();
            assert!(html.contains(&format!("Error {status}")) && html.contains("<h1>"), "{html}");
            assert!(words(status).1.ends_with('.'), "{status}");
        }
    }

    #[test]
    fn the_detail_and_the_reference_are_shown_escaped() {
        let html = ErrorPage::new(413).detail("<14 MB>").reference("0191-<x>").render().into_string();
        assert!(html.contains("&lt;14 MB&gt;") && html.contains("0191-&lt;x&gt;"), "{html}");
    }
}
