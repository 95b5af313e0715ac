//! A question before something is destroyed. It is a popover, so that it needs neither a script nor a page.

use maud::{Markup, Render, html};

use crate::{Button, Form, Text};

/// A small button that opens a question, and in it the button that does the thing.
///
/// `Confirm::new("revoke-7", Button::submit("Revoke").danger().small(), "Revoke “Billing”?")`
/// `.text("Programs that use it are refused at once.").form("/keys/7/revoke", "Revoke key")`.
#[derive(Debug, Clone)]
pub struct Confirm<'a> {
    id: Text<'a>,
    opener: Button<'a>,
    question: Text<'a>,
    text: Option<Text<'a>>,
}

impl<'a> Confirm<'a> {
    /// An id that is unique on the page, the button that opens it, and what it asks.
    #[must_use]
    pub fn new(id: impl Into<Text<'a>>, opener: Button<'a>, question: impl Into<Text<'a>>) -> Self {
        Self { id: id.into(), opener, question: question.into(), text: None }
    }

    /// What happens then.
    #[must_use]
    pub fn text(mut self, text: impl Into<Text<'a>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Both, with the path that the confirmed action posts to and the label of its button.
    #[must_use]
    pub fn form(self, action: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Markup {
        let question_id = format!("{}-question", self.id);
        let submit = Form::post(action).inline(Button::submit(label).danger());
        html! {
            (self.opener.opens(self.id.as_ref()).render())
            div.confirm id=(self.id) popover role="dialog" aria-labelledby=(question_id) {
                p.confirm-question id=(question_id) { bdi { (self.question) } }
                @if let Some(text) = &self.text { p { (text) } }
                div.buttons {
                    (submit)
                    button.button.button-secondary type="button" popovertarget=(self.id) popovertargetaction="hide"
                        autofocus { "Cancel" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_destroyed_by_the_first_button() {
        let html = Confirm::new("ask-7", Button::submit("Revoke"), "Revoke <b>?")
            .form("/keys/7/revoke", "Revoke key");
        let html = html.into_string();
        let opener = html.split_once("</button>").unwrap().0;
        assert!(opener.contains("type=\"button\"") && opener.contains("popovertarget=\"ask-7\""), "{html}");
        assert!(
            html.contains("action=\"/keys/7/revoke\" method=\"post\"") && html.contains("&lt;b&gt;"),
            "{html}"
        );
    }
}
