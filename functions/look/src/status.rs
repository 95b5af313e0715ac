//! One word about the state of a thing: `Completed`, `Running`, `Revoked`. The word carries the meaning, the colour
//! only helps to find it.

use maud::{Markup, Render, html};

use crate::Text;

/// What a state means for the person who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to do, nothing to celebrate: drafts, revoked keys.
    Neutral,
    /// It is on its way: queued, running.
    Active,
    /// It went well.
    Good,
    /// It went through, with something to look at.
    Warning,
    /// It failed.
    Bad,
}

impl Tone {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Active => "active",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// A badge: `(Status::new(Tone::Good, "Completed"))`.
#[derive(Debug, Clone)]
pub struct Status<'a> {
    tone: Tone,
    label: Text<'a>,
}

impl<'a> Status<'a> {
    /// A state with the word for it.
    #[must_use]
    pub fn new(tone: Tone, label: impl Into<Text<'a>>) -> Self {
        Self { tone, label: label.into() }
    }
}

impl Render for Status<'_> {
    fn render(&self) -> Markup {
        html! { span.status data-tone=(self.tone.name()) { (self.label) } }
    }
}
