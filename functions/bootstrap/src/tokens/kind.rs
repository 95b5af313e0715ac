//! What a token is good for. One that was made for one purpose is unknown to all others.

/// The purpose of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A sign-up that waits for the job that mails. No page takes it.
    PendingSignUp,
    /// The link of the mail after a sign-up.
    ConfirmSignUp,
    /// The link that confirms the address of an account that somebody else made.
    ConfirmEmail,
    /// The link to a new password.
    ResetPassword,
    /// The link that confirms the new address of an account.
    ChangeEmail,
    /// Somebody whose password was right and whose second factor is asked for.
    SecondFactor,
    /// A challenge that an authenticator signs to register a passkey.
    PasskeyRegistration,
    /// A challenge that an authenticator signs to sign in.
    PasskeyLogin,
    /// What the staff's console allows and the customers' pages begin: to act in somebody's place.
    Impersonation,
}

impl TokenKind {
    /// As the table's keys are made with it.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::PendingSignUp => "pending-sign-up",
            Self::ConfirmSignUp => "confirm-sign-up",
            Self::ConfirmEmail => "confirm-email",
            Self::ResetPassword => "reset-password",
            Self::ChangeEmail => "change-email",
            Self::SecondFactor => "second-factor",
            Self::PasskeyRegistration => "passkey-registration",
            Self::PasskeyLogin => "passkey-login",
            Self::Impersonation => "impersonation",
        }
    }
}
