//! What is wrong with a form. One list feeds the summary at the top of the page, whose lines lead to the fields, and
//! the message at each field, so that they cannot differ.

use maud::{Markup, Render, html};

use crate::field::field_id;
use crate::{Icon, Text};

/// The errors of one form, in the order of its fields. Give it to [`crate::Page::errors`] and to each
/// [`crate::Field::errors`].
///
/// Write each message as what to do: "Enter an email address, like name@example.com".
#[derive(Debug, Clone, Default)]
pub struct Errors<'a> {
    entries: Vec<(Option<Text<'a>>, Text<'a>)>,
}

impl<'a> Errors<'a> {
    /// No errors yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error of the field with this name.
    #[must_use]
    pub fn on(mut self, field: impl Into<Text<'a>>, message: impl Into<Text<'a>>) -> Self {
        self.push(field, message);
        self
    }

    /// Adds an error of the form as a whole: "The email address or the password is wrong".
    #[must_use]
    pub fn form(mut self, message: impl Into<Text<'a>>) -> Self {
        self.entries.push((None, message.into()));
        self
    }

    /// Adds an error of the field with this name, in a loop.
    pub fn push(&mut self, field: impl Into<Text<'a>>, message: impl Into<Text<'a>>) {
        self.entries.push((Some(field.into()), message.into()));
    }

    /// Whether there is nothing to complain about; the summary then renders to nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first error of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|(name, _)| name.as_deref() == Some(field))
            .map(|(_, message)| message.as_ref())
    }
}

/// The summary. [`crate::Page::errors`] puts it where it belongs; splice it yourself only outside a page.
impl Render for Errors<'_> {
    fn render(&self) -> Markup {
        html! {
            @if !self.entries.is_empty() {
                div.error-summary #error-summary role="alert" tabindex="-1" aria-labelledby="error-summary-title" {
                    h2 #error-summary-title { (Icon::Error) "There is a problem" }
                    ul {
                        @for (field, message) in &self.entries {
                            li {
                                @if let Some(name) = field {
                                    a href={ "#" (field_id(name)) } { (message) }
                                } @else {
                                    (message)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    #[test]
    fn each_line_of_the_summary_leads_to_its_field() {
        let errors =
            Errors::new().on("email", "Enter an email address").on("allowed[ips]", "Enter an address");
        let summary = errors.render().into_string();
        for field in [Field::email("email", "Email"), Field::textarea("allowed[ips]", "Addresses")] {
            let html = field.errors(&errors).render().into_string();
            let control = html.split_once("<input").or_else(|| html.split_once("<textarea")).unwrap().1;
            let id = control.split_once(" id=\"").unwrap().1.split('"').next().unwrap();
            assert!(summary.contains(&format!("href=\"#{id}\"")), "{summary} has no link to {id}");
        }
    }

    #[test]
    fn an_error_of_the_form_has_no_link() {
        let summary = Errors::new().form("The email address or the password is wrong").render().into_string();
        assert!(summary.contains("<li>The email address"), "{summary}");
    }

    #[test]
    fn the_summary_can_take_the_focus_and_is_an_alert() {
        let summary = Errors::new().form("Wrong").render().into_string();
        assert!(summary.contains("role=\"alert\"") && summary.contains("tabindex=\"-1\""), "{summary}");
    }

    #[test]
    fn no_errors_render_to_nothing() {
        assert_eq!(Errors::new().render().into_string(), "");
    }

    #[test]
    fn messages_are_escaped() {
        let summary = Errors::new().on("name", "“<img>” is no name").render().into_string();
        assert!(summary.contains("&lt;img&gt;") && !summary.contains("<img"), "{summary}");
    }
}
