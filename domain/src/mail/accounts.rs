//! The letters about an account.

use chrono::{DateTime, Utc};

use super::{Letter, Mail, SecurityChange};
use crate::identity::{Email, Impersonation};

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

/// After somebody asked for a new password with an address that has an account.
#[must_use]
pub fn reset_password(to: &Email, url: &str) -> Mail {
    Letter::new("Choose a new password")
        .say("Somebody, probably you, asked for a new password for your Velox account.")
        .action("Choose a new password", url)
        .say("The link works once, within one hour.")
        .say(NOT_YOU)
        .to(to)
}

/// The same for an address that has none.
#[must_use]
pub fn no_account(to: &Email, sign_up_url: &str) -> Mail {
    Letter::new("There is no Velox account with this address")
        .say(
            "Somebody, probably you, asked for a new password with this address. It has no account at Velox; \
              perhaps you signed up with another one.",
        )
        .action("Create an account", sign_up_url)
        .say(NOT_YOU)
        .to(to)
}

/// To the new address, when somebody wants it for their account.
#[must_use]
pub fn confirm_new_email(to: &Email, url: &str) -> Mail {
    Letter::new("Confirm your new e-mail address")
        .say("Somebody, probably you, wants to use this address for their Velox account.")
        .action("Use this address", url)
        .say("The link works once, within 24 hours. Until then the old address stays.")
        .say(NOT_YOU)
        .to(to)
}

/// To the old address, when the new one was confirmed.
#[must_use]
pub fn email_changed(to: &Email, new: &str, help_url: &str) -> Mail {
    Letter::new("Your e-mail address was changed")
        .say(format!("Your Velox account has a new address: {new}. Mail goes there from now on."))
        .say(format!(
            "If this was not you, somebody else has your account: choose a new password at {help_url} \
                      with the new address, or write to us."
        ))
        .to(to)
}

/// When something about signing in changed.
#[must_use]
pub fn security_changed(to: &Email, change: SecurityChange, reset_url: &str) -> Mail {
    Letter::new(change.words())
        .say(format!("{} for your Velox account, just now.", change.words()))
        .say(
            "If this was you, there is nothing to do. If not, choose a new password: it signs everybody out.",
        )
        .action("Choose a new password", reset_url)
        .to(to)
}

/// When many logins failed in a row.
#[must_use]
pub fn sign_in_burst(to: &Email, address: &str, reset_url: &str) -> Mail {
    Letter::new("Somebody tries to sign in to your account")
        .say(format!("Five sign-ins to your Velox account failed in a row, the last one from {address}."))
        .say("Each further attempt has to wait. If this was you, choose a new password; if not, a long password \
              that you use nowhere else, and two-factor sign-in, keep others out.")
        .action("Choose a new password", reset_url)
        .to(to)
}

/// When somebody of the staff began to act in the person's place.
#[must_use]
pub fn impersonated(to: &Email, what: &Impersonation, at: DateTime<Utc>, sessions_url: &str) -> Mail {
    let Impersonation { by, organization_name, reason, .. } = what;
    let (began, ends) = (at.format("%-d %b %Y, %H:%M UTC"), by.until.format("%H:%M UTC"));
    Letter::new("Velox support signed in to your account")
        .say(format!(
            "{} of Velox support signed in to {organization_name} as you on {began}, until {ends} at the latest.",
            by.email
        ))
        .say(format!("The reason that they gave: {reason}"))
        .say(
            "They see what you see there. They can change neither how you sign in nor who may do what, and what they \
             do is in the audit log with their address. You can end it at once in the list of your sessions.",
        )
        .action("See your sessions", sessions_url)
        .to(to)
}

/// When an account was deleted.
#[must_use]
pub fn account_deleted(to: &Email) -> Mail {
    Letter::new("Your Velox account was deleted")
        .say("Your account, its password and its second factors are gone, and all its sessions have ended.")
        .say("Thank you for having been here. You can sign up again at any time.")
        .to(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_says_in_both_parts_what_to_do() {
        let to = Email::parse("ann@acme.example").unwrap();
        let url = "https://app.velox.example/link";
        for mail in [
            confirm_sign_up(&to, url),
            account_exists(&to, url, url),
            confirm_email(&to, url),
            reset_password(&to, url),
            no_account(&to, url),
            confirm_new_email(&to, url),
            email_changed(&to, "new@acme.example", url),
            security_changed(&to, SecurityChange::TwoFactorOn, url),
        ] {
            assert!(mail.text.contains(url) && mail.html.contains(url), "{}", mail.subject);
            assert_eq!(mail.to, to);
        }
    }
}
