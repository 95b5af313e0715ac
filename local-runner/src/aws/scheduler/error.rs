//! The errors of the EventBridge Scheduler API.

use super::super::answer::AwsError;
use super::super::journal::JournalError;

/// An error of the API reference's list, "Common errors" among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SchedulerError {
    Validation(String),
    NotFound(String),
    Conflict(String),
    Internal(String),
}

impl From<JournalError> for SchedulerError {
    fn from(error: JournalError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl SchedulerError {
    pub(super) fn no_schedule(name: &str) -> Self {
        Self::NotFound(format!("Schedule {name} does not exist."))
    }

    pub(super) fn no_group(name: &str) -> Self {
        Self::NotFound(format!("Schedule group {name} does not exist."))
    }

    /// As the REST JSON protocol has it: the name in a header, the text in `Message`.
    pub(super) fn into_aws(self) -> AwsError {
        let (status, kind, message) = match self {
            Self::Validation(message) => (400, "ValidationException", message),
            Self::NotFound(message) => (404, "ResourceNotFoundException", message),
            Self::Conflict(message) => (409, "ConflictException", message),
            Self::Internal(message) => (500, "InternalServerException", message),
        };
        AwsError::new(status, kind, message.clone())
            .with_header("x-amzn-errortype", kind.to_owned())
            .with_field("Message", message.into())
    }
}
