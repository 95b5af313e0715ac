//! "We have sent a mail": the page after a sign-up and after asking for a new password, whether or not the address
//! has an account.

use look::Button;
use maud::{Markup, html};

use crate::page;

/// What the mail is for, in the middle of a sentence: "to confirm the address".
pub(crate) fn draw(email: &str, purpose: &str) -> Markup {
    page::public("Check your mail").body(html! {
        p { "We have sent a mail to " strong { (look::email(email)) } ". Open the link in it " (purpose) "." }
        p { "Nothing there after a few minutes? Look into the folder for unwanted mail, or go back and check the address." }
        p { (Button::link("Back to sign-in", "/login").secondary()) }
    })
}
