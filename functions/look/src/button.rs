//! Things to press. A button changes something and stands in a form; a link that looks like one only goes somewhere.

use maud::{Markup, Render, html};

use crate::{Icon, Text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Primary,
    Secondary,
    Quiet,
    Danger,
}

/// A button or a link that looks like one. One primary per page; the others are [`Button::secondary`].
#[derive(Debug, Clone)]
pub struct Button<'a> {
    label: Text<'a>,
    href: Option<Text<'a>>,
    weight: Weight,
    icon: Option<Icon>,
    value: Option<(Text<'a>, Text<'a>)>,
    subject: Option<Text<'a>>,
    popover: Option<Text<'a>>,
    small: bool,
    wide: bool,
}

impl<'a> Button<'a> {
    /// The submit button of the form that it stands in.
    #[must_use]
    pub fn submit(label: impl Into<Text<'a>>) -> Self {
        Self {
            label: label.into(),
            href: None,
            weight: Weight::Primary,
            icon: None,
            value: None,
            subject: None,
            popover: None,
            small: false,
            wide: false,
        }
    }

    /// A link that looks like a button.
    #[must_use]
    pub fn link(label: impl Into<Text<'a>>, href: impl Into<Text<'a>>) -> Self {
        Self { href: Some(href.into()), ..Self::submit(label) }
    }

    /// Beside the primary one: "Cancel", "Download template".
    #[must_use]
    pub fn secondary(mut self) -> Self {
        self.weight = Weight::Secondary;
        self
    }

    /// Without a frame, for rows and headers.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.weight = Weight::Quiet;
        self
    }

    /// Destroys something.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.weight = Weight::Danger;
        self
    }

    /// Smaller, for rows of a table.
    #[must_use]
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// As wide as its form, for sign-in and sign-up.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// A picture before the label.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A name and value to submit with the form, when it has several buttons.
    #[must_use]
    pub fn value(mut self, name: impl Into<Text<'a>>, value: impl Into<Text<'a>>) -> Self {
        self.value = Some((name.into(), value.into()));
        self
    }

    /// What it acts on, for who cannot see the row it stands in: "Revoke" of `subject("key Billing")` is read as
    /// "Revoke key Billing".
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Text<'a>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Opens a popover instead of submitting; [`crate::Confirm`] is one.
    #[must_use]
    pub(crate) fn opens(mut self, id: impl Into<Text<'a>>) -> Self {
        self.popover = Some(id.into());
        self
    }

    fn class(&self) -> &'static str {
        match self.weight {
            Weight::Primary => "button",
            Weight::Secondary => "button button-secondary",
            Weight::Quiet => "button button-quiet",
            Weight::Danger => "button button-danger",
        }
    }
}

impl Render for Button<'_> {
    fn render(&self) -> Markup {
        let content = html! {
            @if let Some(icon) = self.icon { (icon) }
            span { (self.label) @if let Some(subject) = &self.subject { span.visually-hidden { " " (subject) } } }
        };
        html! {
            @if let Some(href) = &self.href {
                a.(self.class()).button-small[self.small].button-wide[self.wide] href=(href) { (content) }
            } @else {
                button.(self.class()).button-small[self.small].button-wide[self.wide] type=(if self.popover.is_some() { "button" } else { "submit" })
                    popovertarget=[&self.popover]
                    name=[self.value.as_ref().map(|(name, _)| name)]
                    value=[self.value.as_ref().map(|(_, value)| value)] { (content) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_link_and_a_button_submits() {
        let link = Button::link("New", "/new?a=1&b=2").render().into_string();
        assert!(link.starts_with("<a ") && link.contains("href=\"/new?a=1&amp;b=2\""), "{link}");
        let button = Button::submit("Save").render().into_string();
        assert!(button.starts_with("<button ") && button.contains("type=\"submit\""), "{button}");
    }

    #[test]
    fn all_classes_stand_in_one_attribute() {
        let html = Button::submit("Save").secondary().small().wide().render().into_string();
        assert!(html.contains("class=\"button button-secondary button-small button-wide\""), "{html}");
    }

    #[test]
    fn the_subject_is_read_after_the_label() {
        let html = Button::submit("Revoke").subject("key “A”").render().into_string();
        assert!(html.contains("Revoke<span class=\"visually-hidden\"> key “A”</span>"), "{html}");
    }
}
