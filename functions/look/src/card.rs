//! Panels that group what belongs together on a page.

use maud::{Markup, Render, html};

use crate::Text;

/// A panel with an optional heading and buttons: `Card::new().title("Keys").body(html! { … })`.
#[derive(Debug, Clone, Default)]
pub struct Card<'a> {
    title: Option<Text<'a>>,
    lead: Option<Text<'a>>,
    actions: Option<Markup>,
    flush: bool,
}

impl<'a> Card<'a> {
    /// A panel without a heading.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Its heading, an `h2`.
    #[must_use]
    pub fn title(mut self, title: impl Into<Text<'a>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// A sentence below the heading.
    #[must_use]
    pub fn lead(mut self, lead: impl Into<Text<'a>>) -> Self {
        self.lead = Some(lead.into());
        self
    }

    /// Buttons beside the heading.
    #[must_use]
    pub fn actions(mut self, buttons: Markup) -> Self {
        self.actions = Some(buttons);
        self
    }

    /// Lets its content touch the edges: for a [`crate::Table`], also with its search above and pagination below.
    #[must_use]
    pub fn flush(mut self) -> Self {
        self.flush = true;
        self
    }

    /// The panel with its content.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "markup is made to be given away")]
    pub fn body(self, content: Markup) -> Markup {
        html! {
            section.card.card-flush[self.flush] {
                @if self.title.is_some() || self.actions.is_some() {
                    header.card-header {
                        div {
                            @if let Some(title) = &self.title { h2 { (title) } }
                            @if let Some(lead) = &self.lead { p { (lead) } }
                        }
                        @if let Some(actions) = &self.actions { div.buttons { (actions) } }
                    }
                }
                div.card-body { (content) }
            }
        }
    }
}

/// Names and values of one thing: `(Facts::new().fact("File", html! { (file) }))`.
#[derive(Debug, Clone, Default)]
pub struct Facts<'a> {
    facts: Vec<(Text<'a>, Markup)>,
}

impl<'a> Facts<'a> {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[must_use]
    pub fn fact(mut self, name: impl Into<Text<'a>>, value: Markup) -> Self {
        self.facts.push((name.into(), value));
        self
    }
}

impl Render for Facts<'_> {
    fn render(&self) -> Markup {
        html! {
            dl.facts { @for (name, value) in &self.facts { div { dt { (name) } dd { (value) } } } }
        }
    }
}

/// Something that most people need not see, behind a line that opens it.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "markup is made to be given away")]
pub fn disclosure<'a>(summary: impl Into<Text<'a>>, content: Markup) -> Markup {
    html! { details.disclosure { summary { (summary.into()) } div { (content) } } }
}
