//! What all batch actions share: 1 to 10 entries with distinct ids, each of which succeeds or fails by itself.

use std::collections::HashSet;

use serde::Serialize;

use super::error::SqsError;

/// The most entries of one batch.
const MAX_ENTRIES: usize = 10;

/// The answer to a batch.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchAnswer<T> {
    pub(super) successful: Vec<T>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) failed: Vec<Failure>,
}

/// An entry that failed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Failure {
    id: String,
    code: &'static str,
    message: String,
    sender_fault: bool,
}

/// An entry of which nothing but its success is to be told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Success {
    pub(super) id: String,
}

impl<T> BatchAnswer<T> {
    /// An answer with nothing in it yet.
    pub(super) fn new() -> Self {
        Self { successful: Vec::new(), failed: Vec::new() }
    }

    /// Adds what became of the entry `id`.
    pub(super) fn add(&mut self, id: String, outcome: Result<T, SqsError>) {
        match outcome {
            Ok(success) => self.successful.push(success),
            Err(error) => self.failed.push(Failure {
                id,
                code: error.codes().1,
                message: error.message(),
                sender_fault: error.is_senders_fault(),
            }),
        }
    }
}

/// Checks number and ids of a batch's entries.
pub(super) fn check_ids<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), SqsError> {
    match ids.len() {
        0 => return Err(SqsError::EmptyBatchRequest),
        1..=MAX_ENTRIES => {}
        more => return Err(SqsError::TooManyEntriesInBatchRequest(more)),
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let mut seen = HashSet::new();
    for id in ids {
        if !(1..=80).contains(&id.len()) || !id.bytes().all(allowed) {
            return Err(SqsError::InvalidBatchEntryId);
        }
        if !seen.insert(id) {
            return Err(SqsError::BatchEntryIdsNotDistinct(id.into()));
        }
    }
    Ok(())
}
