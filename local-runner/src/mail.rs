//! The mail that functions send, caught before it leaves the machine: an SMTP server on loopback that takes
//! everything, and a mailbox that keeps it in the runner's folder.

mod mailbox;
mod message;
mod smtp;

pub use mailbox::{Mailbox, MailboxError};
pub use message::{Attachment, Message, Summary};
pub use smtp::SmtpServer;
