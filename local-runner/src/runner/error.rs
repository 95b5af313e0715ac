//! Why the runner did not start, in the developer's words.

use std::{fmt, io};

use crate::{
    aws, ports::Busy, postgres::PostgresError, resources::ResourceError, schedules, state::StateError,
};

/// Each is one message, without a backtrace.
#[derive(Debug)]
pub enum RunError {
    /// Ports that others hold.
    Ports(Vec<Busy>),
    /// The runner's folder.
    State(StateError),
    /// The database.
    Postgres(PostgresError),
    /// The AWS endpoint.
    Aws(aws::StartError),
    /// Queues, table, bucket.
    Resources(ResourceError),
    /// The catalogue's schedules.
    Schedules(schedules::UnknownSchedule),
    /// Executables of the functions.
    Executables(io::Error),
    /// The dashboard or the mailbox.
    Pages(String),
    /// The socket of pages and API.
    Door(io::Error),
    /// The adapter.
    Adapter(adapter::StartError),
    /// `migrate` or `seed-demo`.
    Setup(String),
    /// `runner.json` and `demo.json`.
    Announce(io::Error),
    /// Signal handlers.
    Signals(io::Error),
    /// The watch on the sources.
    Watch(notify::Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ports(busy) => {
                let lines: Vec<_> = busy.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::State(error) => error.fmt(f),
            Self::Postgres(error) => error.fmt(f),
            Self::Aws(error) => write!(f, "the AWS endpoint: {error}"),
            Self::Resources(error) => error.fmt(f),
            Self::Schedules(error) => write!(f, "the schedules: {error}"),
            Self::Executables(error) => write!(f, "the functions' executables: {error}"),
            Self::Door(error) => write!(f, "pages and API: {error}"),
            Self::Pages(message) => f.write_str(message),
            Self::Adapter(error) => error.fmt(f),
            Self::Setup(error) => f.write_str(error),
            Self::Announce(error) => write!(f, "the runner's folder cannot be written: {error}"),
            Self::Signals(error) => write!(f, "signals cannot be listened to: {error}"),
            Self::Watch(error) => {
                write!(f, "the sources cannot be watched: {error} (`--no-watch` goes without)")
            }
        }
    }
}

impl std::error::Error for RunError {}

impl From<StateError> for RunError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<PostgresError> for RunError {
    fn from(error: PostgresError) -> Self {
        Self::Postgres(error)
    }
}

impl From<adapter::StartError> for RunError {
    fn from(error: adapter::StartError) -> Self {
        Self::Adapter(error)
    }
}
