//! Keys of the environment variables that functions read. Set by Terraform from SSM and the catalogue, on a
//! laptop by the local runner.

use crate::{DatabaseRole, Function, deployment};

/// Connection string of the role that sees one tenant at a time.
pub const DATABASE_URL: &str = "DATABASE_URL";
/// Connection string of the role that works across tenants.
pub const OPERATOR_DATABASE_URL: &str = "OPERATOR_DATABASE_URL";
/// Connection string of the schema's owner.
pub const OWNER_DATABASE_URL: &str = "OWNER_DATABASE_URL";
/// DynamoDB table of web sessions.
pub const SESSIONS_TABLE: &str = "SESSIONS_TABLE";
/// DynamoDB table of one-time tokens.
pub const TOKENS_TABLE: &str = "TOKENS_TABLE";
/// DynamoDB table of counters of failed attempts.
pub const THROTTLES_TABLE: &str = "THROTTLES_TABLE";
/// S3 bucket of uploaded files.
pub const FILES_BUCKET: &str = "FILES_BUCKET";
/// URL prefix of the queues: `<prefix><function>` is a queue's URL.
pub const QUEUE_URL_PREFIX: &str = "QUEUE_URL_PREFIX";
/// Public base URL of the customers' pages, without a slash at the end.
pub const APP_URL: &str = "APP_URL";
/// Public base URL of the API, without a slash at the end.
pub const API_URL: &str = "API_URL";
/// Name of the environment: `local`, `dev`, `staging`, `prod`.
pub const ENVIRONMENT: &str = "VELOX_ENVIRONMENT";
/// Git SHA of what runs, 40 hexadecimal digits; unset on a laptop.
pub const RELEASE: &str = "VELOX_RELEASE";
/// Log filter in the syntax of `tracing_subscriber::EnvFilter`.
pub const LOG: &str = "VELOX_LOG";

/// `1` asks for a line per finished span and statement. Only the local runner sets it, and reads them.
pub const SPANS: &str = "VELOX_SPANS";
/// Where mail goes: `smtps://user:password@host`, or `smtp://host:port` on the local runner. Only functions that
/// send mail are given it.
pub const SMTP_URL: &str = "VELOX_SMTP_URL";
/// Sender of all mail: `Name <address>`.
pub const MAIL_FROM: &str = "VELOX_MAIL_FROM";
/// Keys under which secrets in the database are sealed: `id:base64`, comma-separated, the newest first. Each is
/// 32 random bytes. Older ones stay in the list until nothing is sealed under them.
pub const SEALING_KEYS: &str = "VELOX_SEALING_KEYS";

/// The variable that carries a role's connection string; none for functions without a database.
#[must_use]
pub const fn database_url(role: DatabaseRole) -> Option<&'static str> {
    match role {
        DatabaseRole::None => None,
        DatabaseRole::App => Some(DATABASE_URL),
        DatabaseRole::Operator => Some(OPERATOR_DATABASE_URL),
        DatabaseRole::Owner => Some(OWNER_DATABASE_URL),
    }
}

/// All variables that a function reads, its secrets included.
#[must_use]
pub fn of(function: &Function) -> Vec<&'static str> {
    const SHARED: [&str; 9] = [
        API_URL,
        APP_URL,
        ENVIRONMENT,
        FILES_BUCKET,
        LOG,
        QUEUE_URL_PREFIX,
        SESSIONS_TABLE,
        THROTTLES_TABLE,
        TOKENS_TABLE,
    ];
    let mail = function.sends_mail.then_some(MAIL_FROM);
    SHARED.into_iter().chain(mail).chain(deployment::secrets(function)).collect()
}
