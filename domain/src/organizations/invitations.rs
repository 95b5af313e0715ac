//! Asking people in. An invitation is bound to an address: who accepts it has shown that mail to it reaches them,
//! because the link was mailed there or because they are signed in with it, or both.

mod accept;
mod letter;
mod manage;
mod token;

use chrono::{DateTime, TimeDelta, Utc};

pub use accept::{
    AcceptError, Accepted, OpenInvitation, accept_as_new_account, accept_invitation, open_invitation,
};
pub use letter::{InvitationLetter, write_invitation};
pub use manage::{InviteError, invite, list_invitations, revoke_invitation, send_invitation_again};
pub use token::InvitationToken;

use super::Role;
use crate::InvitationId;

/// How long a letter's link works.
pub(super) const VALID_FOR: TimeDelta = TimeDelta::days(7);

/// One that nobody has accepted or revoked.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Of the invitation.
    pub id: InvitationId,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Name of whoever invited.
    pub invited_by: String,
    /// UTC.
    pub expires_at: DateTime<Utc>,
    /// Whether its time is over; it can be sent again.
    pub expired: bool,
}
