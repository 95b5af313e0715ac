//! One question of a form: label, hint, error and control, tied together for everybody who does not see them.

use maud::{Markup, Render, html};

use crate::{Errors, Icon, Text};

/// The id of the control with this name. It must hold no white space and be unique on the page, so one page has one
/// field of a name.
pub(crate) fn field_id(name: &str) -> String {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    format!("field-{}", name.chars().map(safe).collect::<String>())
}

#[derive(Debug, Clone)]
enum Control<'a> {
    Input(&'static str),
    File { accept: Text<'a> },
    TextArea { rows: u8 },
    Select(Vec<(Text<'a>, Text<'a>)>),
    CheckBox,
}

/// A field: `(Field::email("email", "Email address").hint("…").value(&form.email).errors(&errors))`.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    name: Text<'a>,
    label: Text<'a>,
    control: Control<'a>,
    value: Text<'a>,
    hint: Option<Text<'a>>,
    error: Option<Text<'a>>,
    autocomplete: Option<&'static str>,
    max_length: Option<u32>,
    optional: bool,
    code: bool,
    narrow: bool,
    focused: bool,
}

impl<'a> Field<'a> {
    /// One line of text.
    #[must_use]
    pub fn text(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new(name, label, Control::Input("text"))
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
        Self::new(name, label, Control::File { accept: accept.into() })
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

    /// Says that it may stay empty. All other fields are required.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
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

    fn described_by(&self, id: &str) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let error = self.error.as_ref().map(|_| format!("{id}-error"));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn control(&self, id: &str) -> Markup {
        let invalid = self.error.as_ref().map(|_| "true");
        let described_by = self.described_by(id);
        let required = (!self.optional).then_some("true");
        let plain = self.code.then_some("off");
        match &self.control {
            Control::Input(kind) => {
                let value = (*kind != "password" && !self.value.is_empty()).then_some(&self.value);
                html! {
                    input.code[self.code] id=(id) type=(kind) name=(self.name) value=[value] maxlength=[self.max_length]
                        autocomplete=[self.autocomplete] autocapitalize=[plain] spellcheck=[self.code.then_some("false")]
                        aria-required=[required] aria-invalid=[invalid] aria-describedby=[described_by]
                        autofocus[self.focused];
                }
            }
            Control::File { accept } => html! {
                div.drop data-drop {
                    input id=(id) type="file" name=(self.name) accept=(accept) aria-required=[required]
                        aria-invalid=[invalid] aria-describedby=[described_by];
                    (Icon::Import)
                    p.drop-text data-drop-text { "or drop it here" }
                }
            },
            // A browser drops the first line break after the tag, so one is added for it to drop.
            Control::TextArea { rows } => html! {
                textarea.code[self.code] id=(id) name=(self.name) rows=(rows) maxlength=[self.max_length]
                    autocapitalize=[plain] spellcheck=[self.code.then_some("false")] aria-required=[required]
                    aria-invalid=[invalid] aria-describedby=[described_by] { "\n" (self.value) }
            },
            Control::Select(options) => html! {
                select id=(id) name=(self.name) autocomplete=[self.autocomplete] aria-required=[required]
                    aria-invalid=[invalid] aria-describedby=[described_by] {
                    @for (value, label) in options {
                        option value=(value) selected[*value == self.value] { (label) }
                    }
                }
            },
            Control::CheckBox => html! {
                input id=(id) type="checkbox" name=(self.name) checked[!self.value.is_empty()] aria-invalid=[invalid]
                    aria-describedby=[described_by];
            },
        }
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
                    (self.control(&id))
                    div { label for=(id) { (self.label) } (self.hint_and_error(&id)) }
                }
            };
        }
        html! {
            div.field.field-narrow[self.narrow].field-invalid[invalid] {
                label for=(id) { (self.label) @if self.optional { span.field-optional { " (optional)" } } }
                (self.hint_and_error(&id))
                (self.control(&id))
            }
        }
    }
}
