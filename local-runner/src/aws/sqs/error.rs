//! The errors of the Amazon SQS API, as the AWS JSON protocol and the older query protocol name them.

use super::super::answer::AwsError;
use super::super::journal::JournalError;

/// An error of the SQS API: what the caller did wrong, in AWS's words (API reference, "Common errors" and the errors
/// of each action).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SqsError {
    QueueDoesNotExist,
    QueueNameExists(String),
    QueueDeletedRecently,
    ResourceNotFound(String),
    InvalidAttributeName(String),
    InvalidAttributeValue(String),
    InvalidParameterValue(String),
    MissingParameter(&'static str),
    InvalidMessageContents,
    ReceiptHandleIsInvalid(String),
    MessageNotInflight,
    OverLimit(String),
    PurgeQueueInProgress(String),
    EmptyBatchRequest,
    TooManyEntriesInBatchRequest(usize),
    BatchEntryIdsNotDistinct(String),
    InvalidBatchEntryId,
    BatchRequestTooLong(usize),
    UnsupportedOperation(String),
    InvalidAction(String),
    Malformed(String),
    Internal(String),
}

impl From<JournalError> for SqsError {
    fn from(error: JournalError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl SqsError {
    /// A FIFO queue's answer to a receipt handle whose visibility timeout has passed.
    pub(super) fn expired_receipt() -> Self {
        Self::InvalidParameterValue(
            "Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.".into(),
        )
    }

    /// A visibility timeout cannot be changed any more.
    pub(super) fn message_is_gone() -> Self {
        Self::InvalidParameterValue(
            "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for \
            visibility timeout change."
                .into(),
        )
    }

    /// A parameter that this kind of queue does not take.
    pub(super) fn wrong_queue_type(parameter: &str) -> Self {
        Self::InvalidParameterValue(format!(
            "Value for parameter {parameter} is invalid. Reason: The request include parameter that is not valid for \
            this queue type."
        ))
    }

    /// The shape's name in the JSON protocol, and the code of the query protocol, which the AWS SDKs prefer when the
    /// header `x-amzn-query-error` carries it (Smithy documentation, "AWS JSON query-compatible errors").
    pub(super) fn codes(&self) -> (&'static str, &'static str) {
        match self {
            Self::QueueDoesNotExist => ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
            Self::QueueNameExists(_) => ("QueueNameExists", "QueueAlreadyExists"),
            Self::QueueDeletedRecently => {
                ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently")
            }
            Self::ResourceNotFound(_) => ("ResourceNotFoundException", "ResourceNotFoundException"),
            Self::InvalidAttributeName(_) => ("InvalidAttributeName", "InvalidAttributeName"),
            Self::InvalidAttributeValue(_) => ("InvalidAttributeValue", "InvalidAttributeValue"),
            Self::InvalidParameterValue(_) => ("InvalidParameterValueException", "InvalidParameterValue"),
            Self::MissingParameter(_) => ("MissingRequiredParameterException", "MissingParameter"),
            Self::InvalidMessageContents => ("InvalidMessageContents", "InvalidMessageContents"),
            Self::ReceiptHandleIsInvalid(_) => ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::MessageNotInflight => ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
            Self::OverLimit(_) => ("OverLimit", "OverLimit"),
            Self::PurgeQueueInProgress(_) => {
                ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress")
            }
            Self::EmptyBatchRequest => ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
            Self::TooManyEntriesInBatchRequest(_) => {
                ("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
            }
            Self::BatchEntryIdsNotDistinct(_) => {
                ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
            }
            Self::InvalidBatchEntryId => {
                ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
            }
            Self::BatchRequestTooLong(_) => {
                ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
            }
            Self::UnsupportedOperation(_) => {
                ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")
            }
            Self::InvalidAction(_) => ("UnknownOperationException", "InvalidAction"),
            Self::Malformed(_) => ("SerializationException", "MalformedInput"),
            Self::Internal(_) => ("InternalFailure", "InternalFailure"),
        }
    }

    /// The sentence for whoever reads the log.
    pub(super) fn message(&self) -> String {
        match self {
            Self::QueueDoesNotExist => "The specified queue does not exist.".into(),
            Self::QueueDeletedRecently => {
                "You must wait 60 seconds after deleting a queue before you can create \
                another with the same name."
                    .into()
            }
            Self::InvalidMessageContents => "Invalid characters found. Valid unicode characters are \
                #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
                .into(),
            Self::MissingParameter(name) => format!("The request must contain the parameter {name}."),
            Self::InvalidAttributeName(name) => format!("Unknown Attribute {name}."),
            Self::MessageNotInflight => "The message referred to is not in flight.".into(),
            Self::EmptyBatchRequest => "There should be at least one entry in the request.".into(),
            Self::TooManyEntriesInBatchRequest(got) => {
                format!("Maximum number of entries per request are 10. You have sent {got}.")
            }
            Self::BatchEntryIdsNotDistinct(id) => format!("Id {id} repeated."),
            Self::InvalidBatchEntryId => "A batch entry id can only contain alphanumeric characters, \
                hyphens and underscores. It can be at most 80 letters long."
                .into(),
            Self::BatchRequestTooLong(got) => {
                format!("Batch requests cannot be longer than 1048576 bytes. You have sent {got} bytes.")
            }
            Self::QueueNameExists(text)
            | Self::ResourceNotFound(text)
            | Self::InvalidAttributeValue(text)
            | Self::InvalidParameterValue(text)
            | Self::ReceiptHandleIsInvalid(text)
            | Self::OverLimit(text)
            | Self::PurgeQueueInProgress(text)
            | Self::UnsupportedOperation(text)
            | Self::InvalidAction(text)
            | Self::Malformed(text)
            | Self::Internal(text) => text.clone(),
        }
    }

    /// Whether the caller, and not the service, is to blame.
    pub(super) fn is_senders_fault(&self) -> bool {
        !matches!(self, Self::Internal(_))
    }
}

impl From<SqsError> for AwsError {
    fn from(error: SqsError) -> Self {
        let (shape, code) = error.codes();
        let (status, fault) = if error.is_senders_fault() { (400, "Sender") } else { (500, "Receiver") };
        AwsError::new(status, format!("com.amazonaws.sqs#{shape}"), error.message())
            .with_header("x-amzn-query-error", format!("{code};{fault}"))
    }
}
