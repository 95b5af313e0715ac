//! Blocks of code: JSON laid out, long text cut.

use maud::{Markup, html};
use serde_json::Value;

/// More than that is cut: nobody reads it here, and a browser would be slow with it.
const MOST_BYTES: usize = 100_000;

/// JSON with its lines broken, anything else as it is.
pub(super) fn pretty(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => {
            serde_json::to_string_pretty(&value).unwrap_or_else(|_| text.to_owned())
        }
        _ => text.to_owned(),
    }
}

/// A block that scrolls and can be reached with the keyboard.
pub(super) fn block(label: &str, text: &str) -> Markup {
    let cut = text.len() > MOST_BYTES;
    let end = (0..=MOST_BYTES.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    html! {
        pre.source tabindex="0" role="group" aria-label=(label) { code { (text[..end]) } }
        @if cut { p.aside { "Only the first " (look::count(MOST_BYTES as u64)) " of " (look::count(text.len() as u64)) " bytes are shown." } }
    }
}
