//! The way out: the Simple Mail Transfer Protocol (RFC 5321), which Amazon SES speaks as well.

use std::time::Duration;

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp,
};

use super::Mail;
use crate::{Failure, Kind};

/// What one answer of the mail server may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Sends mail, all under one sender.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The server's URL or the sender cannot be read.
    #[error("mail settings: {0}")]
    Settings(String),
    /// The server says that it will never take this mail.
    #[error("the mail server refused the mail: {0}")]
    Refused(String),
    /// Another try may succeed.
    #[error("the mail server did not take the mail: {0}")]
    Unavailable(String),
}

impl Failure for MailError {
    fn kind(&self) -> Kind {
        match self {
            Self::Settings(_) => Kind::Internal,
            Self::Refused(_) => Kind::Invalid,
            Self::Unavailable(_) => Kind::Unavailable,
        }
    }
}

impl Mailer {
    /// `url` is `smtps://user:password@host` or `smtp://host:port`, `from` is `Name <address>`. Connects when
    /// first used.
    ///
    /// # Errors
    /// When either cannot be read.
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| MailError::Settings(error.to_string()))?
            .timeout(Some(PATIENCE))
            .build();
        let from = from.parse().map_err(|error| MailError::Settings(format!("sender {from:?}: {error}")))?;
        Ok(Self { transport, from })
    }

    /// Sends a mail; the server has taken it when this returns.
    ///
    /// # Errors
    /// See [`MailError`].
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let refused = |error: &dyn std::error::Error| MailError::Refused(error.to_string());
        let to: Address = mail.to.as_str().parse().map_err(|error| refused(&error))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
            .map_err(|error| refused(&error))?;
        self.transport.send(message).await.map(drop).map_err(|error| sorted(&error))
    }
}

/// 5xx is for good (RFC 5321, 4.2.1); everything else, a broken connection included, may pass.
fn sorted(error: &smtp::Error) -> MailError {
    if error.is_permanent() {
        MailError::Refused(error.to_string())
    } else {
        MailError::Unavailable(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn settings_that_cannot_be_read_are_told_at_once() {
        for (url, from) in [("mail.example", "a@b.example"), ("smtp://mail.example", "nobody")] {
            assert!(matches!(Mailer::new(url, from), Err(MailError::Settings(_))), "{url} {from}");
        }
        assert!(Mailer::new("smtps://u:p@mail.example", "Velox <no-reply@velox.example>").is_ok());
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_worth_another_try() {
        let to = crate::identity::Email::parse("a@b.example").unwrap();
        let mail = crate::mail::confirm_sign_up(&to, "https://app.velox.example/x");
        // Nothing listens on port 1 of loopback.
        let mailer = Mailer::new("smtp://127.0.0.1:1", "a@b.example").unwrap();
        assert!(matches!(mailer.send(&mail).await, Err(MailError::Unavailable(_))));
    }
}
