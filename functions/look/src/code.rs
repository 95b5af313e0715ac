//! Text that somebody takes elsewhere: a secret shown once, a command to try. Both can be selected by hand; the
//! copy button appears with JavaScript.

use maud::{Markup, Render, html};

use crate::{Icon, Text};

/// A secret that the person sees only now.
#[derive(Debug, Clone)]
pub struct Secret<'a> {
    label: Text<'a>,
    value: Text<'a>,
}

impl<'a> Secret<'a> {
    /// What it is (“API key ‘Billing’”) and the secret itself.
    #[must_use]
    pub fn new(label: impl Into<Text<'a>>, value: impl Into<Text<'a>>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

impl Render for Secret<'_> {
    fn render(&self) -> Markup {
        html! {
            section.secret role="status" aria-label=(self.label) tabindex="-1" data-focus {
                h2 { (self.label) }
                p { "Copy it now and keep it safe. You will not be able to see it again." }
                div.copyable { code data-copy-source translate="no" { (self.value) } (copy_button(&self.label)) }
            }
        }
    }
}

/// A command or a piece of code, kept as it is.
#[derive(Debug, Clone)]
pub struct Snippet<'a> {
    label: Text<'a>,
    code: Text<'a>,
}

impl<'a> Snippet<'a> {
    /// What it does (“List your customers”) and the code, which may have several lines.
    #[must_use]
    pub fn new(label: impl Into<Text<'a>>, code: impl Into<Text<'a>>) -> Self {
        Self { label: label.into(), code: code.into() }
    }
}

impl Render for Snippet<'_> {
    fn render(&self) -> Markup {
        html! {
            figure.snippet {
                figcaption { (self.label) }
                div.copyable {
                    pre tabindex="0" { code data-copy-source translate="no" { (self.code) } }
                    (copy_button(&self.label))
                }
            }
        }
    }
}

fn copy_button(label: &str) -> Markup {
    html! {
        button.button.button-secondary.button-small type="button" data-copy hidden {
            (Icon::Copy) span data-copy-label { "Copy" } span.visually-hidden { " " (label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_button_waits_for_javascript() {
        let html = Secret::new("Key", "vx_1").render().into_string();
        assert!(html.contains("data-copy hidden>"), "{html}");
    }

    #[test]
    fn code_is_escaped() {
        let html = Snippet::new("Try", "curl <host> & wait").render().into_string();
        assert!(html.contains("curl &lt;host&gt; &amp; wait"), "{html}");
    }
}
