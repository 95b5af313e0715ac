//! What the audit log tells of, in words. Whatever is recorded stands here; a test reads the sources and says so.

/// Actions as recorded, and as a person reads them, in the order of a list to choose from.
pub const ACTIONS: &[(&str, &str)] = &[
    ("user.created", "Account made"),
    ("user.signed_in", "Signed in"),
    ("user.sign_in_burst", "Many failed sign-ins"),
    ("user.password_changed", "Password changed"),
    ("user.password_reset", "Password reset by mail"),
    ("user.email_changed", "E-mail address changed"),
    ("user.two_factor_on", "Two-factor sign-in turned on"),
    ("user.two_factor_off", "Two-factor sign-in turned off"),
    ("user.recovery_codes_renewed", "Recovery codes renewed"),
    ("user.recovery_code_used", "Recovery code used"),
    ("user.passkey_added", "Passkey added"),
    ("user.passkey_removed", "Passkey removed"),
    ("impersonation.began", "Support signed in"),
    ("impersonation.ended", "Support signed out"),
    ("user.deleted", "Account deleted"),
    ("organization.created", "Organization created"),
    ("company.changed", "Company details changed"),
    ("onboarding.skipped", "Step of the set-up skipped"),
    ("onboarding.resumed", "Step of the set-up resumed"),
    ("organization.deletion_requested", "Deletion of the organization asked for"),
    ("organization.deleted", "Organization deleted"),
    ("organization.restored", "Organization restored"),
    ("organization.export_downloaded", "Export of the organization downloaded"),
    ("member.role_changed", "Role changed"),
    ("member.removed", "Member removed"),
    ("member.left", "Member left"),
    ("ownership.transferred", "Ownership transferred"),
    ("invitation.created", "Somebody invited"),
    ("invitation.sent_again", "Invitation sent again"),
    ("invitation.revoked", "Invitation revoked"),
    ("invitation.accepted", "Invitation accepted"),
    ("api_key.created", "API key made"),
    ("api_key.revoked", "API key revoked"),
    ("allow_list.changed", "Allow-list changed"),
    ("customer.created", "Customer created"),
    ("import.started", "Import started"),
    ("audit.exported", "Audit log exported"),
];

/// An action in words; one that this version does not know is told as it was recorded.
#[must_use]
pub fn describe(action: &str) -> &str {
    ACTIONS.iter().find(|(known, _)| *known == action).map_or(action, |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Literals of the form `word.word` that follow a call of a recording function.
    fn recorded(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                recorded(&path, found);
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            for call in source.split("record").skip(1) {
                let arguments = call.split(';').next().unwrap_or_default();
                let literals = arguments.split('"').skip(1).step_by(2);
                let is_action = |text: &&str| {
                    text.split_once('.').is_some_and(|(kind, verb)| {
                        let word = |text: &str| {
                            !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                        };
                        word(kind) && word(verb)
                    })
                };
                found.extend(literals.filter(is_action).map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_recorded_action_has_its_words() {
        let mut found = Vec::new();
        recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.len() > 6, "{found:?}");
        for action in found {
            assert_ne!(describe(&action), action, "say in ACTIONS what {action} means");
        }
    }
}
