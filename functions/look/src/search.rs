//! The search above a list.

use maud::{Markup, Render, html};

use crate::{Icon, Text};

/// A search form that gets its own page with `?q=…`: `(Search::new("/customers", "Search customers").value(&q))`.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    action: Text<'a>,
    label: Text<'a>,
    name: Text<'a>,
    value: Text<'a>,
    hidden: Vec<(Text<'a>, Text<'a>)>,
    cleared: Option<Text<'a>>,
}

impl<'a> Search<'a> {
    /// Searches this page, with a label that only screen readers say and that stands in the empty field.
    #[must_use]
    pub fn new(action: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self {
            action: action.into(),
            label: label.into(),
            name: Text::Borrowed("q"),
            value: Text::Borrowed(""),
            hidden: Vec::new(),
            cleared: None,
        }
    }

    /// The name of the parameter; `q` unless said.
    #[must_use]
    pub fn name(mut self, name: impl Into<Text<'a>>) -> Self {
        self.name = name.into();
        self
    }

    /// What is being searched for. When it is not empty, a link clears it.
    #[must_use]
    pub fn value(mut self, value: impl Into<Text<'a>>) -> Self {
        self.value = value.into();
        self
    }

    /// Another parameter to keep, such as the order.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<Text<'a>>, value: impl Into<Text<'a>>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }

    /// Where "Clear" leads, when that is not the bare page.
    #[must_use]
    pub fn cleared(mut self, href: impl Into<Text<'a>>) -> Self {
        self.cleared = Some(href.into());
        self
    }
}

impl Render for Search<'_> {
    fn render(&self) -> Markup {
        html! {
            form.search role="search" action=(self.action) method="get" {
                @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
                label.visually-hidden for="search" { (self.label) }
                div.search-field {
                    (Icon::Search)
                    input #search type="search" name=(self.name) value=(self.value) placeholder=(self.label)
                        autocomplete="off" spellcheck="false" enterkeyhint="search";
                }
                button.button.button-secondary type="submit" { span { "Search" } }
                @if !self.value.is_empty() { a.search-clear href=(self.cleared.as_ref().unwrap_or(&self.action)) { "Clear" } }
            }
        }
    }
}
