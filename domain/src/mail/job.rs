//! What the job `send-mail` is told. No address that was not checked, and never a token: the job makes the token
//! itself, so that none lies in a queue.

use serde::{Deserialize, Serialize};

use crate::{InvitationId, OrganizationId, UserId};

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
}
