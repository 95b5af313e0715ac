//! What things can be made to go wrong with: functions of the catalogue, and the services around them.

use std::fmt;

use catalog::DatabaseRole;

use super::fault::Kind;

/// Whom a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Functions whose name begins so: `web-*`, or `*` for all of them.
    Functions(String),
    /// One function.
    Function(&'static str),
    /// A service, or one operation of it.
    Service(Service, Option<&'static str>),
}

/// A service that functions use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Service {
    Sqs,
    Dynamodb,
    S3,
    Ssm,
    Scheduler,
    Lambda,
    Postgres,
    Smtp,
}

/// Faults of functions.
pub(super) const OF_FUNCTIONS: &[Kind] =
    &[Kind::Latency, Kind::Error, Kind::Timeout, Kind::Crash, Kind::Duplicate, Kind::Reorder];

impl Service {
    /// All of them, as they are listed to people.
    pub const ALL: [Self; 8] = [
        Self::Sqs,
        Self::Dynamodb,
        Self::S3,
        Self::Ssm,
        Self::Scheduler,
        Self::Lambda,
        Self::Postgres,
        Self::Smtp,
    ];

    /// As rules name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Dynamodb => "dynamodb",
            Self::S3 => "s3",
            Self::Ssm => "ssm",
            Self::Scheduler => "scheduler",
            Self::Lambda => "lambda",
            Self::Postgres => "postgres",
            Self::Smtp => "smtp",
        }
    }

    /// What can go wrong with it.
    #[must_use]
    pub fn faults(self) -> &'static [Kind] {
        use Kind::{Duplicate, Error, Latency, Lost, Reorder, Terminate, Throttle};
        match self {
            Self::Sqs => &[Latency, Error, Throttle, Lost, Duplicate, Reorder],
            Self::Scheduler => &[Latency, Error, Throttle, Lost, Duplicate],
            Self::Dynamodb | Self::S3 | Self::Ssm | Self::Lambda => &[Latency, Error, Throttle, Lost],
            Self::Postgres => &[Terminate],
            Self::Smtp => &[Latency, Error, Lost],
        }
    }

    /// Operations that a rule may name after a dot; of Postgres, whose connections.
    #[must_use]
    pub fn operations(self) -> Vec<&'static str> {
        let known: &[&str] = match self {
            Self::Sqs => &[
                "SendMessage",
                "SendMessageBatch",
                "ReceiveMessage",
                "DeleteMessage",
                "DeleteMessageBatch",
                "ChangeMessageVisibility",
                "ChangeMessageVisibilityBatch",
                "GetQueueAttributes",
                "GetQueueUrl",
            ],
            Self::Dynamodb => &[
                "GetItem",
                "PutItem",
                "UpdateItem",
                "DeleteItem",
                "Query",
                "Scan",
                "BatchGetItem",
                "BatchWriteItem",
                "TransactGetItems",
                "TransactWriteItems",
            ],
            Self::S3 => &[
                "GetObject",
                "HeadObject",
                "PutObject",
                "DeleteObject",
                "ListObjects",
                "CreateMultipartUpload",
                "UploadPart",
                "CompleteMultipartUpload",
            ],
            Self::Ssm => &["GetParameter", "GetParameters", "GetParametersByPath", "PutParameter"],
            Self::Scheduler => {
                &["CreateSchedule", "GetSchedule", "UpdateSchedule", "DeleteSchedule", "ListSchedules"]
            }
            Self::Lambda => &["Invoke"],
            Self::Postgres => return functions_with_database().collect(),
            Self::Smtp => &[],
        };
        known.to_vec()
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}

/// Those whose connections are no owner's, whom nothing but the runner itself invokes.
pub(super) fn functions_with_database() -> impl Iterator<Item = &'static str> {
    let has_it =
        |f: &&catalog::Function| matches!(f.database_role, DatabaseRole::App | DatabaseRole::Operator);
    catalog::FUNCTIONS.iter().filter(has_it).map(|function| function.name)
}

/// One call, as rules look at it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Called<'a> {
    Function(&'a str),
    /// A service, the operation (empty where there is none), and on what: a queue, a table, a bucket.
    Service(Service, &'a str, &'a str),
}

impl Target {
    /// What can go wrong with it.
    pub(super) fn faults(&self) -> &'static [Kind] {
        match self {
            Self::Functions(_) | Self::Function(_) => OF_FUNCTIONS,
            Self::Service(service, _) => service.faults(),
        }
    }

    pub(super) fn has(&self, called: Called<'_>) -> bool {
        match (self, called) {
            (Self::Functions(prefix), Called::Function(name)) => name.starts_with(prefix),
            (Self::Function(known), Called::Function(name)) => *known == name,
            (Self::Service(service, None), Called::Service(of, ..)) => *service == of,
            (Self::Service(service, Some(operation)), Called::Service(of, name, _)) => {
                *service == of && *operation == name
            }
            _ => false,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Functions(prefix) => write!(f, "{prefix}*"),
            Self::Function(name) => f.write_str(name),
            Self::Service(service, None) => f.write_str(service.name()),
            Self::Service(service, Some(operation)) => write!(f, "{}.{operation}", service.name()),
        }
    }
}

impl fmt::Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(name) => f.write_str(name),
            Self::Service(service, operation, on) => {
                f.write_str(service.name())?;
                if !operation.is_empty() {
                    write!(f, ".{operation}")?;
                }
                if on.is_empty() { Ok(()) } else { write!(f, " {on}") }
            }
        }
    }
}
