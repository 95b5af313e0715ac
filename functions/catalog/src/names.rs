//! Names and numbers that code, local runner and infrastructure share. None of them stands twice.

use crate::{Function, Host};

/// Prefix of everything that has a name in an AWS account.
pub const PREFIX: &str = "velox";

/// Region of the local cloud and default region of the environments.
pub const REGION: &str = "eu-central-1";

/// Base domain of the local runner; browsers resolve `*.localhost` to loopback and treat it as secure.
pub const LOCAL_DOMAIN: &str = "localhost";

/// Local port of all three hosts.
pub const LOCAL_HTTP_PORT: u16 = 4000;
/// Local port of the AWS endpoint.
pub const LOCAL_AWS_PORT: u16 = 4001;
/// Local port of Postgres.
pub const LOCAL_POSTGRES_PORT: u16 = 4002;
/// Local port of the dashboard.
pub const LOCAL_DASHBOARD_PORT: u16 = 4003;
/// Local port that takes mail (SMTP).
pub const LOCAL_SMTP_PORT: u16 = 4004;

/// Connections that the database is configured for.
pub const DATABASE_MAX_CONNECTIONS: u32 = 400;
/// Of these, kept free for migrations, staff and the database's own work.
pub const DATABASE_RESERVED_CONNECTIONS: u32 = 20;
/// Tasks that a service may run at once.
pub const TASKS_PER_SERVICE: u32 = 2;

/// Largest request body in bytes: Lambda's limit for a synchronous payload is 6 MB, a third of which base64
/// takes ("Lambda quotas").
pub const MAX_BODY_BYTES: u32 = 4_500_000;

/// Seconds after which a failed message is tried again under the adapter, doubled for each receive: with
/// [`MAX_RECEIVE_COUNT`] an outage of ten minutes is survived. On Lambda itself the visibility timeout is the delay.
pub const RETRY_DELAY_S: u32 = 5;
/// Receives after which a message goes to the dead-letter queue.
pub const MAX_RECEIVE_COUNT: u16 = 8;

/// DynamoDB table of web sessions.
pub const SESSIONS_TABLE: &str = "velox-sessions";
/// Its global secondary index on `user_id`: the sessions of one person.
pub const SESSIONS_BY_USER: &str = "by-user";
/// DynamoDB table of one-time tokens and pending sign-ups.
pub const TOKENS_TABLE: &str = "velox-tokens";
/// DynamoDB table of counters of failed attempts.
pub const THROTTLES_TABLE: &str = "velox-throttles";
/// S3 bucket of uploaded files.
pub const FILES_BUCKET: &str = "velox-files";
/// Database name.
pub const DATABASE: &str = "velox";

/// The name of a function's queue.
#[must_use]
pub fn queue(function: &str) -> String {
    format!("{PREFIX}-{function}")
}

/// The name of a function's dead-letter queue.
#[must_use]
pub fn dead_letter_queue(function: &str) -> String {
    format!("{PREFIX}-{function}-dead-letters")
}

/// Scheme, host and port of a host as a user types it.
#[must_use]
pub fn local_url(host: Host, port: u16) -> String {
    format!("http://{}:{port}", host.name(LOCAL_DOMAIN))
}

/// The name of a function's schedule.
#[must_use]
pub fn schedule(function: &Function) -> String {
    format!("{PREFIX}-{}", function.name)
}
