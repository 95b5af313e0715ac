//! What the function finds in its environment and in the head of an invocation.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Check, http::Response};

const VARIABLES: &str = "Working with Lambda environment variables";
const RUNTIME_API: &str = "Using the Lambda runtime API for custom runtimes";

/// The reserved and unreserved variables that a custom runtime is given.
pub(crate) fn variables() -> Vec<Check> {
    let names = [
        "_HANDLER",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
        "TZ",
    ];
    let mut checks: Vec<Check> = names
        .into_iter()
        .map(|name| {
            let value = std::env::var(name).unwrap_or_default();
            Check::new(format!("{name} is set"), VARIABLES, !value.is_empty(), value)
        })
        .collect();
    let memory = std::env::var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").unwrap_or_default();
    checks.push(Check::new(
        "the memory size is a number of MB",
        VARIABLES,
        memory.parse::<u32>().is_ok(),
        memory,
    ));
    checks
}

/// The headers of `next`.
pub(crate) fn next(next: &Response) -> Vec<Check> {
    let header = |name: &str| next.header(name).unwrap_or_default().to_owned();
    let mut checks = Vec::new();
    let mut check = |rule: &str, ok: bool, saw: String| checks.push(Check::new(rule, RUNTIME_API, ok, saw));
    check("next answers 200", next.status == 200, next.status.to_string());
    let id = header("lambda-runtime-aws-request-id");
    check("next names the request", !id.is_empty(), id);
    let kind = header("content-type");
    check("the event is JSON", kind.starts_with("application/json"), kind);
    let deadline = header("lambda-runtime-deadline-ms");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let ahead = deadline.parse::<u128>().is_ok_and(|at| (now..=now + 900_000).contains(&at));
    check("the deadline is ahead, by 15 minutes at most", ahead, deadline);
    let arn = header("lambda-runtime-invoked-function-arn");
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    let parts: Vec<&str> = arn.split(':').collect();
    let is_arn =
        parts.len() >= 7 && parts[..3] == ["arn", "aws", "lambda"] && parts[5..7] == ["function", &*name];
    check("the function's ARN names it", is_arn, arn.clone());
    let trace = header("lambda-runtime-trace-id");
    check("the invocation has a trace", trace.starts_with("Root=1-"), trace);
    checks
}
