//! The environment variables of a function's process: "Working with Lambda environment variables", section
//! on defined runtime environment variables, in the Lambda Developer Guide.

use std::net::SocketAddr;

use tokio::process::Command;

use super::Hosting;
use crate::manifest::FunctionSpec;

/// Always inherited: without them a process finds neither programs nor AWS with its task's credentials ("Standardized
/// credential providers" and "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide).
const BASICS: [&str; 14] = [
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ENDPOINT_URL",
];

pub(super) fn apply(command: &mut Command, spec: &FunctionSpec, hosting: &Hosting, api: SocketAddr) {
    if let Some(names) = &spec.inherit_environment {
        command.env_clear();
        for name in BASICS.into_iter().chain(names.iter().map(String::as_str)) {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
    }
    let folder = spec.command.parent().unwrap_or(&spec.command);
    command
        .env("_HANDLER", &spec.name)
        .env("TZ", ":UTC")
        .env("LAMBDA_TASK_ROOT", folder)
        .env("LAMBDA_RUNTIME_DIR", folder)
        .env("AWS_REGION", &hosting.region)
        .env("AWS_DEFAULT_REGION", &hosting.region)
        .env("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023")
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_LAMBDA_FUNCTION_NAME", &spec.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", spec.memory_mib.to_string())
        .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", spec.name))
        .env("AWS_LAMBDA_LOG_STREAM_NAME", log_stream())
        .envs(&spec.environment)
        .env("AWS_LAMBDA_RUNTIME_API", api.to_string());
    if spec.concurrency > 1 {
        command.env("AWS_LAMBDA_MAX_CONCURRENCY", spec.concurrency.to_string());
    } else {
        command.env_remove("AWS_LAMBDA_MAX_CONCURRENCY");
    }
}

fn log_stream() -> String {
    format!("{}[$LATEST]{}", chrono::Utc::now().format("%Y/%m/%d/"), uuid::Uuid::new_v4().simple())
}
