//! What stands on every page while somebody of the staff acts in a customer's place.

use maud::{Markup, html};

use crate::{Button, Form, Icon, email};

/// Says as whom they see the page, who they are and when it ends, and ends it at once: for [`crate::Page::banner`].
/// `end` is the path that the button posts to.
#[must_use]
pub fn support_banner(person: &str, staff: &str, ends: &str, end: &str) -> Markup {
    let button = Button::submit("End").secondary().small().subject("and sign out");
    html! {
        div.support-banner {
            (Icon::Shield)
            p {
                "You see Velox as " strong { (email(person)) } "; support: " (email(staff)) ", ends " (ends)
            }
            (Form::post(end).inline(button))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_sees_what_as_whom_and_until_when() {
        let html =
            support_banner("<b>@acme.example", "sam@velox.example", "14:05 UTC", "/logout").into_string();
        assert!(!html.contains("<b>@") && html.contains("14:05 UTC"), "{html}");
        assert!(html.contains("action=\"/logout\" method=\"post\""), "{html}");
    }
}
