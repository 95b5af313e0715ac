//! The errors of Parameter Store.

use super::super::answer::AwsError;
use super::super::journal::JournalError;
use super::seal::SealBroken;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SsmError {
    /// An error with the API reference's name for it.
    Told(&'static str, String),
    NotServed(String),
    Internal(String),
}

impl From<JournalError> for SsmError {
    fn from(error: JournalError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<SealBroken> for SsmError {
    fn from(_: SealBroken) -> Self {
        Self::Internal("The value was not encrypted with the key of this state directory.".into())
    }
}

impl SsmError {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Told("ValidationException", message.into())
    }

    pub(super) fn not_found(name: &str) -> Self {
        Self::Told("ParameterNotFound", format!("Parameter {name} not found."))
    }

    pub(super) fn into_aws(self) -> AwsError {
        match self {
            Self::Told(kind, message) => AwsError::new(400, kind, message),
            Self::NotServed(action) => AwsError::not_served(&format!("AmazonSSM.{action}")),
            Self::Internal(message) => AwsError::new(500, "InternalServerError", message),
        }
    }
}
