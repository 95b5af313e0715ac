//! What the product says to somebody who does not have it yet: large on the home page, beside the form on sign-up.

use maud::{Markup, Render, html};

use crate::{Icon, Text};

/// The top of the home page: the claim as its heading, one sentence, buttons, and an invoice that is being paid.
/// Give it to a [`crate::Page::plain`] that is `full_width()` and has its `own_heading()`.
#[derive(Debug, Clone)]
pub struct Hero<'a> {
    claim: Text<'a>,
    lead: Text<'a>,
    actions: Markup,
}

impl<'a> Hero<'a> {
    /// A claim of a few words, a sentence that explains it, and buttons.
    #[must_use]
    pub fn new(claim: impl Into<Text<'a>>, lead: impl Into<Text<'a>>, actions: Markup) -> Self {
        Self { claim: claim.into(), lead: lead.into(), actions }
    }
}

impl Render for Hero<'_> {
    fn render(&self) -> Markup {
        html! {
            section.hero {
                div.hero-words {
                    h1 { (self.claim) }
                    p.hero-lead { (self.lead) }
                    div.buttons { (self.actions) }
                }
                (illustration())
            }
        }
    }
}

/// Reasons beside a form: a heading and a few points, each with a short text.
#[derive(Debug, Clone)]
pub struct Pitch<'a> {
    heading: Text<'a>,
    points: Vec<(Text<'a>, Text<'a>)>,
}

impl<'a> Pitch<'a> {
    /// A heading; the points follow with [`Pitch::point`].
    #[must_use]
    pub fn new(heading: impl Into<Text<'a>>) -> Self {
        Self { heading: heading.into(), points: Vec::new() }
    }

    /// One reason: a few words and a sentence.
    #[must_use]
    pub fn point(mut self, title: impl Into<Text<'a>>, text: impl Into<Text<'a>>) -> Self {
        self.points.push((title.into(), text.into()));
        self
    }
}

impl Render for Pitch<'_> {
    fn render(&self) -> Markup {
        html! {
            aside.pitch aria-label="About Velox" {
                h2 { (self.heading) }
                ul {
                    @for (title, text) in &self.points {
                        li { (Icon::Success) div { h3 { (title) } p { (text) } } }
                    }
                }
            }
        }
    }
}

/// An invoice with its double rule under the total and the tick over it.
fn illustration() -> Markup {
    html! {
        svg.illustration viewBox="20 10 330 400" width="330" height="400" aria-hidden="true" focusable="false" {
            rect.paper-back x="52" y="34" width="250" height="330" rx="10" {}
            rect.paper x="34" y="20" width="250" height="330" rx="10" {}
            g.paper-text {
                rect x="58" y="46" width="64" height="10" rx="3" {}
                rect.faint x="58" y="66" width="96" height="7" rx="3" {}
                rect.faint x="204" y="46" width="56" height="7" rx="3" {}
                rect.faint x="220" y="60" width="40" height="7" rx="3" {}
                @for row in 0..5 {
                    rect.faint x="58" y=(116 + row * 30) width=(118 - (row * 37) % 52) height="7" rx="3" {}
                    rect x=(222 + (row * 11) % 16) y=(116 + row * 30) width=(38 - (row * 11) % 16) height="7" rx="3" {}
                    rect.rule x="58" y=(134 + row * 30) width="202" height="1" {}
                }
                rect x="58" y="280" width="40" height="9" rx="3" {}
                rect x="196" y="280" width="64" height="9" rx="3" {}
                rect.double x="196" y="297" width="64" height="2" {}
                rect.double x="196" y="302" width="64" height="2" {}
            }
            circle.seal cx="288" cy="350" r="50" {}
            path.seal-tick d="M262 343h13.5l7.5 16.5L306.5 318h13.5L289 375h-11Z" {}
        }
    }
}
