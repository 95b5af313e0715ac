//! AddPermission and RemovePermission: statements of the queue's policy. Nobody is asked for permission on one machine,
//! but what an application sets up can be read back.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Queues;
use super::attributes::reconfigure;
use super::delete::Nothing;
use super::error::SqsError;
use super::names::{arn, name_in};
use super::queue::Queue;
use super::settings::Settings;

/// Actions that a queue's owner can share (API reference, "AddPermission").
const SHAREABLE: [&str; 9] = [
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
];

/// The most actions of one statement.
const MAX_ACTIONS: usize = 7;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddPermission {
    queue_url: Option<String>,
    label: Option<String>,
    #[serde(rename = "AWSAccountIds", default)]
    account_ids: Vec<String>,
    #[serde(default)]
    actions: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemovePermission {
    queue_url: Option<String>,
    label: Option<String>,
}

impl Queues {
    pub(super) async fn add_permission(&self, request: AddPermission) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let label = request.label.as_deref().ok_or(SqsError::MissingParameter("Label"))?;
        check_label(label)?;
        check_actions(&request.actions)?;
        if request.account_ids.is_empty() {
            return Err(SqsError::MissingParameter("AWSAccountIds"));
        }
        if let Some(id) = request.account_ids.iter().find(|id| !is_account(id)) {
            return Err(invalid("PrincipalId", id, "Unable to verify."));
        }
        let principals: Vec<_> =
            request.account_ids.iter().map(|id| format!("arn:aws:iam::{id}:root")).collect();
        let actions: Vec<_> = request.actions.iter().map(|action| format!("SQS:{action}")).collect();
        let statement = json!({
            "Sid": label, "Effect": "Allow", "Principal": { "AWS": principals }, "Action": actions,
            "Resource": arn(name),
        });
        self.change_policy(name, |statements| {
            if statements.iter().any(|statement| statement["Sid"] == label) {
                return Err(invalid("Label", label, "Already exists."));
            }
            statements.push(statement);
            Ok(())
        })
        .await
    }

    pub(super) async fn remove_permission(&self, request: &RemovePermission) -> Result<Nothing, SqsError> {
        let name = name_in(request.queue_url.as_deref())?;
        let label = request.label.as_deref().ok_or(SqsError::MissingParameter("Label"))?;
        self.change_policy(name, |statements| {
            let before = statements.len();
            statements.retain(|statement| statement["Sid"] != label);
            if statements.len() == before {
                Err(invalid("Label", label, "can't find label."))
            } else {
                Ok(())
            }
        })
        .await
    }

    async fn change_policy(
        &self,
        name: &str,
        change: impl FnOnce(&mut Vec<Value>) -> Result<(), SqsError>,
    ) -> Result<Nothing, SqsError> {
        let durable = {
            let mut state = self.state();
            let queue = state.named(name)?;
            let (mut policy, mut statements) = policy_of(queue);
            change(&mut statements)?;
            let mut attributes = queue.attributes.clone();
            if statements.is_empty() {
                attributes.remove("Policy");
            } else {
                policy.insert("Statement".into(), statements.into());
                attributes.insert("Policy".into(), Value::Object(policy).to_string());
            }
            let settings = Settings::read(&attributes)?;
            let record = reconfigure(queue, attributes, settings, self.now_ms());
            self.record(&state, &record)
        };
        durable.await?;
        Ok(Nothing {})
    }
}

/// The queue's policy without its statements, and those.
fn policy_of(queue: &Queue) -> (Map<String, Value>, Vec<Value>) {
    let present = queue.attributes.get("Policy").and_then(|text| serde_json::from_str(text).ok());
    let mut policy: Map<String, Value> = present.unwrap_or_else(|| {
        let id = format!("{}/SQSDefaultPolicy", arn(&queue.name));
        [("Version", "2008-10-17"), ("Id", &id)].map(|(k, v)| (k.to_owned(), v.into())).into_iter().collect()
    });
    let statements = match policy.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        // A policy may hold a single statement without a list.
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => Vec::new(),
    };
    (policy, statements)
}

fn check_label(label: &str) -> Result<(), SqsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=80).contains(&label.len()) && label.bytes().all(allowed) {
        return Ok(());
    }
    Err(invalid(
        "Label",
        label,
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}

fn check_actions(actions: &[String]) -> Result<(), SqsError> {
    if actions.is_empty() {
        return Err(SqsError::MissingParameter("Actions"));
    }
    if actions.len() > MAX_ACTIONS {
        return Err(SqsError::OverLimit(format!(
            "{} Actions were found, maximum allowed is {MAX_ACTIONS}.",
            actions.len()
        )));
    }
    match actions.iter().find(|action| !SHAREABLE.contains(&action.as_str())) {
        None => Ok(()),
        Some(action) => Err(invalid(
            "ActionName",
            &format!("SQS:{action}"),
            "Only the queue owner is allowed to invoke this action.",
        )),
    }
}

fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn invalid(parameter: &str, value: &str, reason: &str) -> SqsError {
    SqsError::InvalidParameterValue(format!(
        "Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    ))
}
