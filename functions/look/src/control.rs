//! The part of a [`Field`] that takes the answer, drawn with what the field knows about it.

use maud::{Markup, html};

use crate::{Field, Icon, Text};

#[derive(Debug, Clone)]
pub(crate) enum Control<'a> {
    Input(&'static str),
    File { accept: Text<'a>, max_bytes: Option<u64> },
    TextArea { rows: u8 },
    Select(Vec<(Text<'a>, Text<'a>)>),
    CheckBox,
}

pub(crate) fn draw(field: &Field<'_>, id: &str) -> Markup {
    let invalid = field.error.as_ref().map(|_| "true");
    let described_by = field.described_by(id);
    let required = (!field.optional).then_some("true");
    let plain = field.code.then_some("off");
    match &field.control {
        Control::Input(kind) => {
            let value = (*kind != "password" && !field.value.is_empty()).then_some(&field.value);
            html! {
                input.code[field.code] id=(id) type=(kind) name=(field.name) value=[value] maxlength=[field.max_length]
                    autocomplete=[field.autocomplete] autocapitalize=[plain] spellcheck=[field.code.then_some("false")]
                    aria-required=[required] aria-invalid=[invalid] aria-describedby=[described_by]
                    autofocus[field.focused];
            }
        }
        Control::File { accept, max_bytes } => html! {
            div.drop data-drop data-max-bytes=[max_bytes] {
                input id=(id) type="file" name=(field.name) accept=(accept) aria-required=[required]
                    aria-invalid=[invalid] aria-describedby=[described_by];
                (Icon::Import)
                p.drop-text data-drop-text { "or drop it here" }
            }
        },
        // A browser drops the first line break after the tag, so one is added for it to drop.
        Control::TextArea { rows } => html! {
            textarea.code[field.code] id=(id) name=(field.name) rows=(rows) maxlength=[field.max_length]
                autocapitalize=[plain] spellcheck=[field.code.then_some("false")] aria-required=[required]
                aria-invalid=[invalid] aria-describedby=[described_by] { "\n" (field.value) }
        },
        Control::Select(options) => html! {
            select id=(id) name=(field.name) autocomplete=[field.autocomplete] aria-required=[required]
                aria-invalid=[invalid] aria-describedby=[described_by] {
                @for (value, label) in options {
                    option value=(value) selected[*value == field.value] { (label) }
                }
            }
        },
        Control::CheckBox => html! {
            input id=(id) type="checkbox" name=(field.name) checked[!field.value.is_empty()] aria-invalid=[invalid]
                aria-describedby=[described_by];
        },
    }
}
