//! What the job `send-mail` is told. No address that was not checked, and never a token: the job makes the token
//! itself, so that none lies in a queue.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{InvitationId, OrganizationId, UserId, identity::Impersonation};

/// A mail that is to be written and sent. A changed shape is a new variant, because messages of the old one may
/// be on their way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum MailJob {
    /// Somebody signed up with an address: to confirm it, or to say that it has an account.
    SignUp {
        /// Names the pending sign-up. It opens nothing: no page takes it.
        pending: String,
    },
    /// Somebody is invited to an organization.
    Invitation {
        /// Where to.
        organization_id: OrganizationId,
        /// Which.
        invitation_id: InvitationId,
        /// Which letter of it: a newer one makes this one pointless.
        mailing: i32,
    },
    /// An organization was deleted, and its export is there.
    OrganizationDeleted {
        /// Which.
        organization_id: OrganizationId,
        /// An owner of it.
        user_id: UserId,
    },
    /// Somebody signed in whose address is not confirmed yet.
    ConfirmEmail {
        /// Who.
        user_id: UserId,
    },
    /// Somebody asked for a new password with this address, which may have no account.
    ResetPassword {
        /// As typed.
        email: String,
    },
    /// Somebody wants this address for their account.
    ConfirmNewEmail {
        /// Who.
        user_id: UserId,
        /// The new one.
        email: String,
    },
    /// An account has another address now: the old one is told.
    EmailChanged {
        /// The address before.
        old: String,
        /// The address now.
        new: String,
    },
    /// Something about signing in changed.
    SecurityChanged {
        /// Whose.
        user_id: UserId,
        /// What.
        change: SecurityChange,
    },
    /// Many logins to an address failed in a row: noted in the audit log, and told to the person if there is one.
    SignInBurst {
        /// As typed.
        email: String,
        /// From where the last one came.
        address: String,
    },
    /// Somebody of the staff began to act in a person's place.
    Impersonated {
        /// When, UTC.
        at: DateTime<Utc>,
        /// Who, as whom, and why.
        impersonation: Box<Impersonation>,
    },
    /// An account was deleted.
    AccountDeleted {
        /// Its address before.
        email: String,
    },
}

/// What changed about signing in to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecurityChange {
    /// The password.
    Password,
    /// A second factor is asked for from now on.
    TwoFactorOn,
    /// No second factor is asked for any more.
    TwoFactorOff,
    /// There are new recovery codes.
    RecoveryCodes,
    /// A recovery code was used to sign in.
    RecoveryCodeUsed,
    /// A passkey signs them in as well.
    PasskeyAdded,
    /// A passkey signs nobody in any more.
    PasskeyRemoved,
}

impl SecurityChange {
    /// In words, as a subject has it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Password => "Your password was changed",
            Self::TwoFactorOn => "Two-factor sign-in was turned on",
            Self::TwoFactorOff => "Two-factor sign-in was turned off",
            Self::RecoveryCodes => "New recovery codes were made",
            Self::RecoveryCodeUsed => "A recovery code was used to sign in",
            Self::PasskeyAdded => "A passkey was added",
            Self::PasskeyRemoved => "A passkey was removed",
        }
    }
}
