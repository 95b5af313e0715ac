//! The form around the fields: where it goes, what it carries along, and one row of buttons at its end.

use maud::{Markup, Render, html};

use crate::{Button, Text};

/// A form. `Form::post("/login").hidden("csrf", token).body(html! { fields and a button })`.
#[derive(Debug, Clone)]
pub struct Form<'a> {
    action: Text<'a>,
    method: &'static str,
    multipart: bool,
    hidden: Vec<(Text<'a>, Text<'a>)>,
}

impl<'a> Form<'a> {
    /// A form that posts to this path. Its errors are shown by [`crate::Errors`], not by the browser.
    #[must_use]
    pub fn post(action: impl Into<Text<'a>>) -> Self {
        Self { action: action.into(), method: "post", multipart: false, hidden: Vec::new() }
    }

    /// Filters above a list: its fields stand side by side and are sent in the address of this page.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "markup is made to be given away")]
    pub fn filters(action: impl Into<Text<'a>>, fields: Markup) -> Markup {
        Self { method: "get", ..Self::post(action) }.tag("filters", &fields)
    }

    /// Sends files: `multipart/form-data`.
    #[must_use]
    pub fn multipart(mut self) -> Self {
        self.multipart = true;
        self
    }

    /// Carries a value that nobody fills in, such as the CSRF token. It comes before all other fields.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<Text<'a>>, value: impl Into<Text<'a>>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }

    /// The form with its fields, one below the other.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "markup is made to be given away")]
    pub fn body(self, fields: Markup) -> Markup {
        self.tag("form", &fields)
    }

    /// A form of one button, to stand in a row or a header: "Revoke", "Sign out".
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a builder is made to be given away")]
    pub fn inline(self, button: Button<'_>) -> Markup {
        self.tag("form-inline", &button.render())
    }

    /// A row of buttons at the end of a form: the primary one first.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "markup is made to be given away")]
    pub fn buttons(buttons: Markup) -> Markup {
        html! { div.buttons { (buttons) } }
    }

    fn tag(&self, class: &str, content: &Markup) -> Markup {
        html! {
            form class=(class) action=(self.action) method=(self.method) novalidate
                enctype=[self.multipart.then_some("multipart/form-data")] {
                @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
                (content)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_values_come_first_and_are_escaped() {
        let html = Form::post("/x").hidden("csrf", "a\"b").body(html! { p { "field" } }).into_string();
        let hidden = html.find("value=\"a&quot;b\"").unwrap();
        assert!(hidden < html.find("<p>").unwrap(), "{html}");
    }

    #[test]
    fn only_a_form_with_files_is_multipart() {
        assert!(!Form::post("/x").body(html! {}).into_string().contains("enctype"));
        assert!(Form::post("/x").multipart().body(html! {}).into_string().contains("multipart/form-data"));
    }
}
