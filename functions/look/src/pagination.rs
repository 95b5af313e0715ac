//! Which part of a long list the page shows, and the way to its neighbours.

use maud::{Markup, Render, html};

use crate::{Icon, Text, count};

/// Previous and next below a table, with what is shown: "1–50 of 10,000 customers".
#[derive(Debug, Clone)]
pub struct Pagination<'a> {
    what: Text<'a>,
    shown: Option<(u64, u64)>,
    total: Option<u64>,
    previous: Option<Text<'a>>,
    next: Option<Text<'a>>,
}

impl<'a> Pagination<'a> {
    /// Of these things, in the plural: "customers".
    #[must_use]
    pub fn new(what: impl Into<Text<'a>>) -> Self {
        Self { what: what.into(), shown: None, total: None, previous: None, next: None }
    }

    /// The first and last row shown, counted from one.
    #[must_use]
    pub fn shown(mut self, first: u64, last: u64) -> Self {
        self.shown = Some((first, last));
        self
    }

    /// How many there are in all, if that is known; takes a number or an `Option` of one.
    #[must_use]
    pub fn total(mut self, total: impl Into<Option<u64>>) -> Self {
        self.total = total.into();
        self
    }

    /// The address of the page before, unless this is the first.
    #[must_use]
    pub fn previous<T: Into<Text<'a>>>(mut self, href: Option<T>) -> Self {
        self.previous = href.map(Into::into);
        self
    }

    /// The address of the page after, unless this is the last.
    #[must_use]
    pub fn next<T: Into<Text<'a>>>(mut self, href: Option<T>) -> Self {
        self.next = href.map(Into::into);
        self
    }

    fn range(&self) -> String {
        let rows = self.shown.map(|(first, last)| format!("{}–{}", count(first), count(last)));
        match (rows, self.total) {
            (Some(rows), Some(total)) => format!("{rows} of {} {}", count(total), self.what),
            (Some(rows), None) => format!("{rows}, {}", self.what),
            (None, Some(total)) => format!("{} {}", count(total), self.what),
            (None, None) => String::new(),
        }
    }
}

impl Render for Pagination<'_> {
    fn render(&self) -> Markup {
        html! {
            nav.pagination aria-label="Pages" {
                p { (self.range()) }
                @if self.previous.is_some() || self.next.is_some() {
                    ul {
                        li { (step(self.previous.as_deref(), "prev", html! { (Icon::Left) span { "Previous" } })) }
                        li { (step(self.next.as_deref(), "next", html! { span { "Next" } (Icon::Right) })) }
                    }
                }
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "markup is made to be given away")]
fn step(href: Option<&str>, rel: &str, label: Markup) -> Markup {
    html! {
        @if let Some(href) = href {
            a.button.button-secondary.button-small href=(href) rel=(rel) { (label) }
        } @else {
            span.button.button-secondary.button-small aria-disabled="true" { (label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_shown_of_how_many() {
        let html =
            Pagination::new("customers").shown(51, 100).total(10_000).next(Some("?page=3&q=a")).render();
        let html = html.into_string();
        assert!(html.contains("51–100 of 10,000 customers"), "{html}");
        assert!(html.contains("href=\"?page=3&amp;q=a\"") && html.contains("aria-disabled"), "{html}");
    }

    #[test]
    fn a_list_that_fits_on_one_page_has_no_buttons() {
        let html = Pagination::new("customers").shown(1, 3).total(3).render().into_string();
        assert!(!html.contains("Previous"), "{html}");
    }
}
