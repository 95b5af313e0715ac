//! The letters about an account.

use super::{Letter, Mail};
use crate::identity::Email;

const NOT_YOU: &str = "If this was not you, ignore this mail: nothing happens then.";

/// After a sign-up with an address that has no account.
#[must_use]
pub fn confirm_sign_up(to: &Email, url: &str) -> Mail {
    Letter::new("Confirm your e-mail address")
        .say(
            "Somebody, probably you, signed up for Velox with this address. Confirm it to open your account.",
        )
        .action("Confirm and open the account", url)
        .say("The link works once, within 24 hours.")
        .say(NOT_YOU)
        .to(to)
}

/// After a sign-up with an address that has an account.
#[must_use]
pub fn account_exists(to: &Email, sign_in_url: &str, reset_url: &str) -> Mail {
    Letter::new("You have a Velox account already")
        .say("Somebody, probably you, signed up for Velox with this address. It has an account: sign in with it.")
        .action("Sign in", sign_in_url)
        .say(format!("If you forgot the password, choose a new one: {reset_url}"))
        .say(NOT_YOU)
        .to(to)
}

/// After somebody signed in to an account whose address was never confirmed.
#[must_use]
pub fn confirm_email(to: &Email, url: &str) -> Mail {
    Letter::new("Confirm your e-mail address")
        .say("An account of Velox was made for you. Confirm that this address is yours to use it.")
        .action("Confirm the address", url)
        .say("The link works once, within 24 hours.")
        .say(NOT_YOU)
        .to(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_says_in_both_parts_what_to_do() {
        let to = Email::parse("ann@acme.example").unwrap();
        let url = "https://app.velox.example/link";
        for mail in [confirm_sign_up(&to, url), account_exists(&to, url, url), confirm_email(&to, url)] {
            assert!(mail.text.contains(url) && mail.html.contains(url), "{}", mail.subject);
            assert_eq!(mail.to, to);
        }
    }
}
