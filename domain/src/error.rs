//! What errors of all capabilities have in common: a kind that a head turns into a status, and fields.

use std::borrow::Cow;

use serde::Serialize;

/// The few kinds of failure that a caller tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The input breaks a rule; [`Failure::fields`] says which.
    Invalid,
    /// Nobody is known to be asking.
    Unauthenticated,
    /// Whoever asks may not.
    Forbidden,
    /// There is no such thing, or not for whoever asks.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// Something that Velox needs does not answer; the same call may succeed later.
    Unavailable,
    /// A defect.
    Internal,
}

/// An error of a capability.
pub trait Failure: std::error::Error {
    /// What a head makes a status of.
    fn kind(&self) -> Kind;

    /// The fields at fault; empty unless the kind is [`Kind::Invalid`] or [`Kind::Conflict`].
    fn fields(&self) -> &[FieldError] {
        &[]
    }
}

/// One thing that is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name, as forms, JSON and CSV headers write it.
    pub field: Cow<'static, str>,
    /// What is wrong and what to do, for a person; without the field's name.
    pub message: Cow<'static, str>,
}

/// All that is wrong with an input, in the order of its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Nothing wrong yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Exactly one thing wrong.
    #[must_use]
    pub fn one(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let mut errors = Self::new();
        errors.push(field, message);
        errors
    }

    /// Adds a finding.
    pub fn push(&mut self, field: &'static str, message: impl Into<Cow<'static, str>>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// Adds a finding made elsewhere.
    pub fn append(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// Notes the error of a field and goes on, so that all errors are told at once.
    pub fn check<T>(
        &mut self,
        field: &'static str,
        result: Result<T, impl Into<Cow<'static, str>>>,
    ) -> Option<T> {
        result.map_err(|message| self.push(field, message)).ok()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings.
    #[must_use]
    pub fn as_slice(&self) -> &[FieldError] {
        &self.0
    }
}

impl std::fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the input is not valid")
    }
}

impl std::error::Error for FieldErrors {}

impl Failure for FieldErrors {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn fields(&self) -> &[FieldError] {
        &self.0
    }
}

/// The database refused or did not answer.
#[derive(Debug, thiserror::Error)]
#[error("database: {0}")]
pub struct StorageError(#[from] pub sqlx::Error);

impl StorageError {
    /// Whether `constraint` (the name of a unique index, check or foreign key) was what refused a write.
    #[must_use]
    pub fn violates(&self, constraint: &str) -> bool {
        self.0.as_database_error().is_some_and(|error| error.constraint() == Some(constraint))
    }
}

impl Failure for StorageError {
    fn kind(&self) -> Kind {
        match &self.0 {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_) => Kind::Unavailable,
            // Classes 08 (connection), 53 (resources), 57 (operator intervention) of PostgreSQL's error codes.
            sqlx::Error::Database(error)
                if error.code().is_some_and(|code| ["08", "53", "57"].contains(&&code[..2])) =>
            {
                Kind::Unavailable
            }
            _ => Kind::Internal,
        }
    }
}

/// Why an input was not stored, where nothing else can be wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It breaks rules.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for InputError {
    fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) => Kind::Invalid,
            Self::Storage(error) => error.kind(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(errors) => errors.as_slice(),
            Self::Storage(_) => &[],
        }
    }
}
