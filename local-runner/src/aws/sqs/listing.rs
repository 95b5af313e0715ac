//! Queues found by name: GetQueueUrl, ListQueues, ListDeadLetterSourceQueues.

use serde::{Deserialize, Serialize};

use super::Queues;
use super::error::SqsError;
use super::names::{name_in, url};

/// The most queues of one answer.
const MAX_RESULTS: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    queue_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    queue_name_prefix: Option<String>,
    #[serde(flatten)]
    page: Page,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListDeadLetterSourceQueues {
    queue_url: Option<String>,
    #[serde(flatten)]
    page: Page,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    max_results: Option<usize>,
    /// The last name of the page before.
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    pub(super) queue_url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrls {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// As [`QueueUrls`], with the one member that AWS begins with a small letter.
#[derive(Debug, Serialize)]
pub(super) struct SourceQueueUrls {
    #[serde(rename = "queueUrls")]
    queue_urls: Vec<String>,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Queues {
    pub(super) fn queue_url(&self, request: &GetQueueUrl, host: &str) -> Result<QueueUrl, SqsError> {
        let name = request.queue_name.as_deref().ok_or(SqsError::MissingParameter("QueueName"))?;
        self.state().named(name)?;
        Ok(QueueUrl { queue_url: url(host, name) })
    }

    pub(super) fn list_queues(&self, request: &ListQueues, host: &str) -> Result<QueueUrls, SqsError> {
        let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
        let mut names = self.names();
        names.retain(|name| name.starts_with(prefix));
        let (queue_urls, next_token) = request.page.of(names, host)?;
        Ok(QueueUrls { queue_urls, next_token })
    }

    pub(super) fn list_dead_letter_source_queues(
        &self,
        request: &ListDeadLetterSourceQueues,
        host: &str,
    ) -> Result<SourceQueueUrls, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let sources = {
            let mut state = self.state();
            state.named(name)?;
            state.sources_of(name)
        };
        let (queue_urls, next_token) = request.page.of(sources, host)?;
        Ok(SourceQueueUrls { queue_urls, next_token })
    }
}

impl Page {
    /// The URLs of this page of sorted names, and the token of the next one.
    fn of(&self, mut names: Vec<String>, host: &str) -> Result<(Vec<String>, Option<String>), SqsError> {
        let limit = self.max_results.unwrap_or(MAX_RESULTS);
        if !(1..=MAX_RESULTS).contains(&limit) {
            return Err(SqsError::InvalidParameterValue(format!(
                "Value for parameter MaxResults is invalid. Reason: Must be >= 1 and <= {MAX_RESULTS}."
            )));
        }
        let after = self.next_token.as_deref().unwrap_or_default();
        names.retain(|name| name.as_str() > after);
        let more = names.len() > limit;
        names.truncate(limit);
        // A page token comes only to those who ask for pages.
        let next_token = (more && self.max_results.is_some()).then(|| names.last().cloned()).flatten();
        Ok((names.iter().map(|name| url(host, name)).collect(), next_token))
    }
}
