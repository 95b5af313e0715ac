//! One question of a form: label, hint, error and control, tied together for everybody who does not see them.

use maud::{Markup, Render, html};

use crate::control::{self, Control};
use crate::{Errors, Text};

/// The id of the control with this name. It must hold no white space and be unique on the page, so one page has one
/// field of a name.
pub(crate) fn field_id(name: &str) -> String {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    format!("field-{}", name.chars().map(safe).collect::<String>())
}

/// A field: `(Field::email("email", "Email address").hint("…").value(&form.email).errors(&errors))`.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    pub(crate) name: Text<'a>,
    label: Text<'a>,
    pub(crate) control: Control<'a>,
    pub(crate) value: Text<'a>,
    hint: Option<Text<'a>>,
    pub(crate) error: Option<Text<'a>>,
    pub(crate) autocomplete: Option<&'static str>,
    pub(crate) max_length: Option<u32>,
    pub(crate) optional: bool,
    filter: bool,
    pub(crate) code: bool,
    narrow: bool,
    pub(crate) focused: bool,
}

impl<'a> Field<'a> {
    /// One line of text.
    #[must_use]
    pub fn text(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::Input("text"))
    }

    /// A day, sent as `2026-11-22`; browsers show a calendar.
    #[must_use]
    pub fn date(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::Input("date"))
    }

    /// An email address; browsers fill it in.
    #[must_use]
    pub fn email(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::Input("email")).autocomplete("email")
    }

    /// The password that somebody has. Its value is never sent back to the page.
    #[must_use]
    pub fn password(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::Input("password")).autocomplete("current-password")
    }

    /// The password that somebody chooses; password managers propose one.
    #[must_use]
    pub fn new_password(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::Input("password")).autocomplete("new-password")
    }

    /// A file to upload, as a drop zone. `accept` is what the browser offers first: `.csv,text/csv`. The form must
    /// be [`crate::Form::multipart`].
    #[must_use]
    pub fn file(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>, accept: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::File { accept: accept.into(), max_bytes: None })
    }

    /// Several lines of text, six high unless [`Field::rows`] says otherwise.
    #[must_use]
    pub fn textarea(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::TextArea { rows: 6 })
    }

    /// One of a list of values with their labels. The one that equals [`Field::value`] is selected.
    #[must_use]
    pub fn select<V, L>(
        name: impl Into<Text<'a>>,
        label: impl Into<Text<'a>>,
        options: impl IntoIterator<Item = (V, L)>,
    ) -> Self
    where
        V: Into<Text<'a>>,
        L: Into<Text<'a>>,
    {
        let options = options.into_iter().map(|(value, label)| (value.into(), label.into())).collect();
        Self::new(name, label, Control::Select(options))
    }

    /// Yes or no. It sends `on` when ticked and nothing otherwise; it is ticked when [`Field::value`] is not empty.
    #[must_use]
    pub fn checkbox(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::CheckBox)
    }

    fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>, control: Control<'a>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            control,
            value: Text::Borrowed(""),
            hint: None,
            error: None,
            autocomplete: None,
            max_length: None,
            optional: false,
            filter: false,
            code: false,
            narrow: false,
            focused: false,
        }
    }

    /// What stands in it, as the person typed it. Passwords and files ignore it.
    #[must_use]
    pub fn value(mut self, value: impl Into<Text<'a>>) -> Self {
        self.value = value.into();
        self
    }

    /// Help between the label and the control.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text<'a>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Its error, when the list has one under its name.
    #[must_use]
    pub fn errors(mut self, errors: &'a Errors<'_>) -> Self {
        self.error = errors.get(&self.name).map(Text::Borrowed).or(self.error);
        self
    }

    /// What browsers may fill in: a token of HTML's autofill field names, such as `organization`.
    #[must_use]
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// The longest text that the browser lets through, in UTF-16 code units.
    #[must_use]
    pub fn max_length(mut self, units: u32) -> Self {
        self.max_length = Some(units);
        self
    }

    /// The largest file that is worth sending, in bytes: the script says so as soon as a larger one is chosen.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        if let Control::File { max_bytes, .. } = &mut self.control {
            *max_bytes = Some(bytes);
        }
        self
    }

    /// Says that it may stay empty. All other fields are required.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Narrows a list down: it may stay empty, and has no need to say so.
    #[must_use]
    pub fn filter(mut self) -> Self {
        self.optional = true;
        self.filter = true;
        self
    }

    /// Holds code rather than prose (addresses, keys): fixed-width, without spelling help or capital letters.
    #[must_use]
    pub fn code(mut self) -> Self {
        self.code = true;
        self
    }

    /// As wide as a short answer.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// Takes the focus when the page opens. Only on pages that are nothing but this form.
    #[must_use]
    pub fn focused(mut self) -> Self {
        self.focused = true;
        self
    }

    /// The height of a [`Field::textarea`] in lines.
    #[must_use]
    pub fn rows(mut self, lines: u8) -> Self {
        if let Control::TextArea { rows } = &mut self.control {
            *rows = lines;
        }
        self
    }

    pub(crate) fn described_by(&self, id: &str) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let error = self.error.as_ref().map(|_| format!("{id}-error"));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn hint_and_error(&self, id: &str) -> Markup {
        html! {
            @if let Some(hint) = &self.hint { p.field-hint id={ (id) "-hint" } { (hint) } }
            @if let Some(error) = &self.error {
                p.field-error id={ (id) "-error" } { span.visually-hidden { "Error: " } (error) }
            }
        }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let id = field_id(&self.name);
        let invalid = self.error.is_some();
        if matches!(self.control, Control::CheckBox) {
            return html! {
                div.field.field-check.field-invalid[invalid] {
                    (control::draw(self, &id))
                    div { label for=(id) { (self.label) } (self.hint_and_error(&id)) }
                }
            };
        }
        html! {
            div.field.field-narrow[self.narrow].field-invalid[invalid] {
                label for=(id) { (self.label) @if self.optional && !self.filter { span.field-optional { " (optional)" } } }
                (self.hint_and_error(&id))
                (control::draw(self, &id))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(field: &Field<'_>) -> String {
        field.render().into_string()
    }

    #[test]
    fn a_label_hint_and_error_belong_to_their_control() {
        let errors = Errors::new().on("email", "Enter an email address");
        let html = html(&Field::email("email", "Email").hint("Where invoices go").errors(&errors));
        assert!(html.contains("<label for=\"field-email\">Email</label>"), "{html}");
        assert!(html.contains("aria-describedby=\"field-email-hint field-email-error\""), "{html}");
        assert!(
            html.contains("id=\"field-email-hint\"") && html.contains("id=\"field-email-error\""),
            "{html}"
        );
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
    }

    #[test]
    fn what_somebody_typed_comes_back_escaped() {
        let text = html(&Field::text("name", "Name").value("\"><script>"));
        assert!(text.contains("value=\"&quot;&gt;&lt;script&gt;\""), "{text}");
        let area = html(&Field::textarea("list", "List").value("</textarea><script>"));
        assert!(area.contains("&lt;/textarea&gt;") && !area.contains("<script>"), "{area}");
    }

    #[test]
    fn a_leading_line_break_survives_in_a_textarea() {
        let html = html(&Field::textarea("list", "List").value("\nsecond line"));
        assert!(html.contains(">\n\nsecond line</textarea>"), "{html}");
    }

    #[test]
    fn a_password_is_never_sent_back() {
        for field in [Field::password("p", "Password"), Field::new_password("p", "Password")] {
            assert!(!html(&field.value("hunter2")).contains("hunter2"));
        }
    }

    #[test]
    fn the_value_of_a_select_is_selected() {
        let html = html(&Field::select("c", "Country", [("de", "Germany"), ("fr", "France")]).value("fr"));
        assert!(
            html.contains("<option value=\"de\">") && html.contains("<option value=\"fr\" selected>"),
            "{html}"
        );
    }

    #[test]
    fn only_an_optional_field_may_stay_empty() {
        assert!(html(&Field::text("a", "A")).contains("aria-required=\"true\""));
        let html = html(&Field::text("a", "A").optional());
        assert!(html.contains("(optional)") && !html.contains("aria-required"), "{html}");
    }
}
