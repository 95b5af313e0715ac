//! The constraints of the API reference on what a schedule may say.

use super::error::SchedulerError;
use super::expression::{Expression, Zone};
use super::model::{Definition, Target, WindowMode, instant};

type Checked = Result<(), SchedulerError>;

fn invalid(message: impl Into<String>) -> SchedulerError {
    SchedulerError::Validation(message.into())
}

/// Names of schedules and groups: `[0-9a-zA-Z-_.]`, 1 to 64 of them.
pub(super) fn name(what: &str, name: &str) -> Checked {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at '{what}' failed to satisfy constraint: Member must satisfy \
        regular expression pattern: ^[0-9a-zA-Z-_.]{{1,64}}$"
    )))
}

pub(super) fn definition(definition: &Definition) -> Checked {
    let text = &definition.schedule_expression;
    let expression = Expression::parse(text);
    let expression = expression.ok_or_else(|| invalid(format!("Invalid Schedule Expression {text}.")))?;
    let zone = &definition.schedule_expression_timezone;
    if Zone::named(zone).is_none() {
        return Err(invalid(format!("The provided timezone {zone} is not valid.")));
    }
    if !expression.is_once() {
        dates(definition)?;
    }
    window(definition)?;
    if definition.description.as_ref().is_some_and(|text| text.chars().count() > 512) {
        return Err(invalid("Value at 'description' failed to satisfy constraint: at most 512 characters"));
    }
    target(&definition.target)
}

fn dates(definition: &Definition) -> Checked {
    let time = |name: &str, seconds: Option<f64>| match seconds {
        None => Ok(None),
        Some(seconds) => instant(seconds).map(Some).ok_or_else(|| invalid(format!("{name} is no time."))),
    };
    let start = time("StartDate", definition.start_date)?;
    let end = time("EndDate", definition.end_date)?;
    match (start, end) {
        (Some(start), Some(end)) if start >= end => {
            Err(invalid("The EndDate you specify must come after the StartDate."))
        }
        _ => Ok(()),
    }
}

fn window(definition: &Definition) -> Checked {
    let window = &definition.flexible_time_window;
    match (window.mode, window.maximum_window_in_minutes) {
        (WindowMode::Off, None) | (WindowMode::Flexible, Some(1..=1440)) => Ok(()),
        (WindowMode::Off, Some(_)) => {
            Err(invalid("MaximumWindowInMinutes must not be set when the flexible time window mode is OFF."))
        }
        (WindowMode::Flexible, _) => {
            Err(invalid("A flexible time window needs MaximumWindowInMinutes between 1 and 1440."))
        }
    }
}

fn target(target: &Target) -> Checked {
    let service = service(&target.arn).ok_or_else(|| invalid("Provided Arn is not in correct format."))?;
    if !is_role(&target.role_arn) {
        return Err(invalid("Provided RoleArn is not in correct format."));
    }
    let policy = &target.retry_policy;
    if !(60..=86_400).contains(&policy.maximum_event_age_in_seconds) {
        return Err(invalid("MaximumEventAgeInSeconds must be between 60 and 86400."));
    }
    if policy.maximum_retry_attempts > 185 {
        return Err(invalid("MaximumRetryAttempts must be between 0 and 185."));
    }
    let group = target.sqs_parameters.as_ref().and_then(|parameters| parameters.message_group_id.as_ref());
    if target.sqs_parameters.is_some() && service != "sqs" {
        return Err(invalid("SqsParameters can only be set for an Amazon SQS target."));
    }
    if service == "sqs" && target.arn.ends_with(".fifo") != group.is_some() {
        return Err(invalid("MessageGroupId must be set for a FIFO queue, and only for one."));
    }
    let buried = target.dead_letter_config.as_ref().and_then(|config| config.arn.as_ref());
    if let Some(arn) = buried
        && (self::service(arn) != Some("sqs") || arn.ends_with(".fifo"))
    {
        return Err(invalid("The dead-letter queue must be the ARN of a standard Amazon SQS queue."));
    }
    Ok(())
}

/// The service that an ARN names.
fn service(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (prefix, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let resource = parts.nth(2).filter(|resource| !resource.is_empty());
    (prefix == "arn" && partition.starts_with("aws") && !service.is_empty() && resource.is_some())
        .then_some(service)
}

fn is_role(arn: &str) -> bool {
    let rest = arn.strip_prefix("arn:aws").and_then(|rest| rest.split_once(":iam::")).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split_once(":role/")).is_some_and(|(account, role)| {
        account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) && !role.is_empty()
    })
}
