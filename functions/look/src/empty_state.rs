//! What stands where there is nothing yet, or nothing that matches: why, and what to do about it.

use maud::{Markup, Render, html};

use crate::{Icon, Text};

/// An empty place: `(EmptyState::new(Icon::Customers, "No customers yet").text("…").action(html! { (button) }))`.
#[derive(Debug, Clone)]
pub struct EmptyState<'a> {
    icon: Icon,
    title: Text<'a>,
    text: Option<Text<'a>>,
    action: Option<Markup>,
}

impl<'a> EmptyState<'a> {
    /// What is missing.
    #[must_use]
    pub fn new(icon: Icon, title: impl Into<Text<'a>>) -> Self {
        Self { icon, title: title.into(), text: None, action: None }
    }

    /// Why that is so, or what will appear here.
    #[must_use]
    pub fn text(mut self, text: impl Into<Text<'a>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The button or link that changes it.
    #[must_use]
    pub fn action(mut self, action: Markup) -> Self {
        self.action = Some(action);
        self
    }
}

impl Render for EmptyState<'_> {
    fn render(&self) -> Markup {
        html! {
            div.empty {
                span.empty-icon { (self.icon) }
                p.empty-title { (self.title) }
                @if let Some(text) = &self.text { p { (text) } }
                @if let Some(action) = &self.action { div.buttons { (action) } }
            }
        }
    }
}
