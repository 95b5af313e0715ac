//! Mail: one function per letter, each of which writes it as text and as HTML; and the way out, SMTP.
//!
//! Nothing here is called by a request: the job `send-mail` reads what a letter says and sends it.

mod accounts;
mod job;
mod letter;
mod mailer;
mod organizations;

pub use accounts::{
    account_deleted, account_exists, confirm_email, confirm_new_email, confirm_sign_up, email_changed,
    impersonated, no_account, reset_password, security_changed, sign_in_burst,
};
pub use job::{MailJob, SecurityChange};
pub(crate) use letter::Letter;
pub use letter::Mail;
pub use mailer::{MailError, Mailer};
pub use organizations::{invitation, organization_deleted};
