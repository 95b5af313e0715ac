//! What functions do in AWS, as a closed set. The role of a service is allowed what its functions do and no more; a
//! test of `scripts` compares it with the calls in the code, both ways.

use serde::Serialize;

/// One thing that handlers do with AWS, named by what it is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Finds who is signed in, and notes the use.
    FindSession,
    /// Begins, rotates and ends a session.
    ChangeSession,
    /// Lists and ends all sessions of a person.
    ListSessions,
    /// Makes a one-time token.
    IssueToken,
    /// Looks at a one-time token, and uses it up.
    TakeToken,
    /// Counts attempts.
    Throttle,
    /// Reads a file, or lets a browser read it.
    ReadFile,
    /// Stores a file.
    WriteFile,
    /// Removes a file.
    DeleteFile,
    /// Removes all files below a prefix.
    DeleteFiles,
    /// Sends jobs to their queues: whoever commits a transaction.
    SendJobs,
}

/// What an action is allowed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A table, by its name in [`crate::tables`].
    Table(&'static str),
    /// The indexes of a table.
    Indexes(&'static str),
    /// The bucket of files itself.
    Bucket,
    /// The files in it.
    Files,
    /// The queues of all jobs, but not those of schedules.
    JobQueues,
}

/// Actions of IAM and what they are allowed on (AWS: "Actions, resources, and condition keys for AWS services").
pub type Grant = (Target, &'static [&'static str]);

const SESSIONS: &str = "sessions";
const TOKENS: &str = "tokens";
const THROTTLES: &str = "throttles";

impl Access {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::FindSession,
        Self::ChangeSession,
        Self::ListSessions,
        Self::IssueToken,
        Self::TakeToken,
        Self::Throttle,
        Self::ReadFile,
        Self::WriteFile,
        Self::DeleteFile,
        Self::DeleteFiles,
        Self::SendJobs,
    ];

    /// The actions that it takes.
    #[must_use]
    pub const fn grants(self) -> &'static [Grant] {
        use Target::{Bucket, Files, Indexes, JobQueues, Table};
        match self {
            Self::FindSession => &[(Table(SESSIONS), &["dynamodb:GetItem", "dynamodb:UpdateItem"])],
            Self::ChangeSession => &[(Table(SESSIONS), &["dynamodb:DeleteItem", "dynamodb:PutItem"])],
            Self::ListSessions => {
                &[(Indexes(SESSIONS), &["dynamodb:Query"]), (Table(SESSIONS), &["dynamodb:DeleteItem"])]
            }
            Self::IssueToken => &[(Table(TOKENS), &["dynamodb:PutItem"])],
            Self::TakeToken => &[(Table(TOKENS), &["dynamodb:GetItem", "dynamodb:UpdateItem"])],
            Self::Throttle => &[(
                Table(THROTTLES),
                &["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            )],
            Self::ReadFile => &[(Files, &["s3:GetObject"])],
            Self::WriteFile => &[(Files, &["s3:PutObject"])],
            Self::DeleteFile => &[(Files, &["s3:DeleteObject"])],
            Self::DeleteFiles => &[(Bucket, &["s3:ListBucket"]), (Files, &["s3:DeleteObject"])],
            Self::SendJobs => &[(JobQueues, &["sqs:SendMessage"])],
        }
    }
}

/// What the adapter does with the queues of the functions that it runs.
pub const CONSUME: &[&str] =
    &["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
