//! A message to the person: what just happened (given to [`crate::Page::notice`] after a redirect) or what to know
//! before going on (spliced into a page).

use maud::{Markup, Render, html};

use crate::{Icon, Text, Tone};

/// A message with a tone. Warnings and failures interrupt a screen reader, the others wait for a pause.
#[derive(Debug, Clone)]
pub struct Notice<'a> {
    tone: Tone,
    message: Text<'a>,
    details: Option<Markup>,
}

impl<'a> Notice<'a> {
    /// It worked: `Notice::success("Key “Billing” was revoked.")`.
    #[must_use]
    pub fn success(message: impl Into<Text<'a>>) -> Self {
        Self::new(Tone::Good, message)
    }

    /// Something to know.
    #[must_use]
    pub fn info(message: impl Into<Text<'a>>) -> Self {
        Self::new(Tone::Active, message)
    }

    /// It worked in part, or has consequences.
    #[must_use]
    pub fn warning(message: impl Into<Text<'a>>) -> Self {
        Self::new(Tone::Warning, message)
    }

    /// It did not work. For what is wrong with a form, use [`crate::Errors`].
    #[must_use]
    pub fn error(message: impl Into<Text<'a>>) -> Self {
        Self::new(Tone::Bad, message)
    }

    fn new(tone: Tone, message: impl Into<Text<'a>>) -> Self {
        Self { tone, message: message.into(), details: None }
    }

    /// More below the message: a sentence, a list, a link to what to do next.
    #[must_use]
    pub fn details(mut self, details: Markup) -> Self {
        self.details = Some(details);
        self
    }
}

impl Render for Notice<'_> {
    fn render(&self) -> Markup {
        let (role, icon) = match self.tone {
            Tone::Neutral | Tone::Active => ("status", Icon::Info),
            Tone::Good => ("status", Icon::Success),
            Tone::Warning => ("alert", Icon::Warning),
            Tone::Bad => ("alert", Icon::Error),
        };
        html! {
            div.notice data-tone=(self.tone.name()) role=(role) {
                (icon)
                div {
                    p.notice-message { (self.message) }
                    @if let Some(details) = &self.details { div.notice-details { (details) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_interrupts_and_a_success_waits() {
        assert!(Notice::error("No").render().into_string().contains("role=\"alert\""));
        assert!(Notice::success("Yes").render().into_string().contains("role=\"status\""));
    }

    #[test]
    fn the_message_is_escaped() {
        let html = Notice::info("<script>alert(1)</script>").render().into_string();
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }
}
