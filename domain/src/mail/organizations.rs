//! The letters about an organization.

use super::{Letter, Mail};
use crate::organizations::{DeletionNotice, InvitationLetter};

/// To somebody who is invited.
#[must_use]
pub fn invitation(letter: &InvitationLetter, url: &str) -> Mail {
    let InvitationLetter { email, invited_by, organization, role, .. } = letter;
    Letter::new(format!("{invited_by} invites you to {organization}"))
        .say(format!("{invited_by} invites you to work with {organization} in Velox, as {role}."))
        .action("See the invitation", url)
        .say(format!("The link is for {email} alone. It works once, within seven days."))
        .say("If you do not know them, ignore this mail: nothing happens then.")
        .to(email)
}

/// To each owner of an organization that was deleted, when its export is there.
#[must_use]
pub fn organization_deleted(notice: &DeletionNotice, url: &str) -> Mail {
    let DeletionNotice { email, organization, purged_at } = notice;
    let until = purged_at.format("%-d %b %Y, %H:%M UTC");
    Letter::new(format!("{organization} was deleted"))
        .say(format!(
            "{organization} is closed in Velox, as one of its owners asked for. Its export is ready."
        ))
        .action("Download the export, or restore", url)
        .say(format!("Both are possible until {until}. After that, everything is removed for good."))
        .to(email)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{OrganizationId, identity::Email};

    const URL: &str = "https://app.velox.example/link";

    #[test]
    fn an_invitation_says_who_invites_where_and_as_what_in_both_parts() {
        let letter = InvitationLetter::sample(OrganizationId::new(DateTime::UNIX_EPOCH));
        let mail = invitation(&letter, URL);
        for part in [&mail.text, &mail.html] {
            for said in ["Ann", "Acme", "accountant", URL, "seven days"] {
                assert!(part.contains(said), "{said} in {part}");
            }
        }
        assert_eq!((mail.to, mail.subject.as_str()), (letter.email, "Ann invites you to Acme"));
    }

    #[test]
    fn the_end_of_an_organization_says_until_when_it_can_be_restored() {
        let email = Email::parse("ann@acme.example").unwrap();
        let purged_at = DateTime::from_timestamp(1_798_000_000, 0).unwrap();
        let mail =
            organization_deleted(&DeletionNotice { email, organization: "Acme".into(), purged_at }, URL);
        for part in [&mail.text, &mail.html] {
            assert!(part.contains("23 Dec 2026") && part.contains(URL), "{part}");
        }
    }
}
