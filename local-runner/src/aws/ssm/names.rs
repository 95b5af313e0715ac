//! Names of parameters (Systems Manager user guide, "Understanding parameter name requirements and constraints").

use super::error::SsmError;

/// The longest name: 1011 characters with the ARN before it.
const MAX_WITH_ARN: usize = 1011;
const ARN: &str = "arn:aws:ssm:eu-central-1:000000000000:parameter/";
const MAX_LEVELS: usize = 15;

/// Checks the name of a new parameter.
pub(super) fn check(name: &str) -> Result<(), SsmError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte);
    if name.is_empty() || !name.bytes().all(allowed) || name.ends_with('/') || name.contains("//") {
        return Err(SsmError::invalid(
            "Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label>",
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(SsmError::invalid("Parameter name must be a fully qualified name."));
    }
    if name.len() + ARN.len() > MAX_WITH_ARN {
        return Err(SsmError::invalid("Parameter name is too long."));
    }
    let lower = name.to_ascii_lowercase();
    let bare = lower.trim_start_matches('/');
    if bare.starts_with("aws") || bare.starts_with("ssm") {
        if lower.starts_with("/aws/") || lower.starts_with("/ssm/") {
            let message = format!("No access to reserved parameter name: {name}.");
            return Err(SsmError::Told("AccessDeniedException", message));
        }
        return Err(SsmError::invalid(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).",
        ));
    }
    if name.trim_start_matches('/').split('/').count() > MAX_LEVELS {
        return Err(SsmError::Told(
            "HierarchyLevelLimitExceededException",
            format!("A hierarchy can have a maximum of {MAX_LEVELS} levels."),
        ));
    }
    Ok(())
}

/// The parts of `name`, `name:selector` or an ARN of either.
pub(super) fn split(text: &str) -> (&str, Option<&str>) {
    let in_arn =
        text.strip_prefix("arn:").and_then(|rest| rest.split_once(":parameter")).map(|(_, rest)| rest);
    let text = in_arn.unwrap_or(text);
    match text.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (text, None),
    }
}
