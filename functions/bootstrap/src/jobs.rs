//! Serving a head's jobs: messages of a queue, fires of a schedule, direct invocations.

mod serve;

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use domain::{Failure, Kind};
use serde_json::Value;

use crate::{Configuration, OperatorResources, Resources, http, name};

/// A job's future.
pub type Run<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Value, JobError>> + Send + 'a>>;

/// Works on one message of its queue, for one tenant.
pub type MessageJob = for<'a> fn(&'a Resources, Value) -> Run<'a>;
/// Works for one fire time of its schedule, across tenants.
pub type ScheduledJob = for<'a> fn(&'a OperatorResources, DateTime<Utc>) -> Run<'a>;
/// Works on one direct invocation, with the application's role.
pub type DirectJob = for<'a> fn(&'a Resources, Value) -> Run<'a>;
/// Works on one direct invocation, as the schema's owner.
pub type OwnerJob = for<'a> fn(&'a Configuration, Value) -> Run<'a>;

/// A job's handler.
#[derive(Debug)]
#[expect(missing_docs, reason = "each type is documented")]
pub enum Endpoint {
    Message(MessageJob),
    Schedule(ScheduledJob),
    Direct(DirectJob),
    Owner(OwnerJob),
}

/// A head's jobs by the names of the catalogue.
pub struct Head {
    /// The table.
    pub endpoints: &'static [(&'static str, Endpoint)],
}

impl Head {
    /// Serves the job `name` until the process is stopped.
    #[must_use]
    pub fn serve(&'static self, name: &str) -> ExitCode {
        let endpoint = self.endpoints.iter().find(|(known, _)| *known == name).map(|(_, endpoint)| endpoint);
        match (catalog::find(name), endpoint) {
            (Some(function), Some(endpoint)) => serve::run(function, endpoint),
            _ => http::fail(&format!("{name} is not both in the catalogue and in the head's table")),
        }
    }

    /// Serves the job under whose name this process was started.
    #[must_use]
    pub fn serve_bundle(&'static self) -> ExitCode {
        match name::of_this_process(|name| self.names().any(|known| known == name)) {
            Ok(name) => self.serve(&name),
            Err(message) => http::fail(&message),
        }
    }

    /// The names of all jobs.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.endpoints.iter().map(|(name, _)| *name)
    }
}

/// Why a job failed, and whether the message should come again.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Another try may succeed: the message comes again, and goes to the dead-letter queue in the end.
    #[error("{0}")]
    Retry(String),
    /// No try can succeed: logged as an error and done with.
    #[error("{0}")]
    Discard(String),
}

impl JobError {
    /// Turns a domain error's kind into retry or discard.
    pub fn from_failure(error: &impl Failure) -> Self {
        match error.kind() {
            Kind::Unavailable | Kind::Internal => Self::Retry(error.to_string()),
            Kind::Invalid | Kind::Unauthenticated | Kind::Forbidden | Kind::NotFound | Kind::Conflict => {
                Self::Discard(error.to_string())
            }
        }
    }
}
