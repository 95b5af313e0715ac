//! What functions find in their environment, and what the runner itself must have in its own.

use std::{collections::BTreeMap, env, io, os::unix::process::CommandExt, path::Path, process::Command};

use catalog::{Host, environment, manifest, names};
use serde_json::Value;

use crate::{ports_plan::PortsPlan, postgres::ConnectionStrings};

/// The credentials that the local cloud is used with.
const CREDENTIALS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local"), ("AWS_REGION", names::REGION)];

/// What functions log unless the developer's environment says otherwise. The database's notices (`already
/// exists, skipping`) are no news.
const LOG_FILTER: &str = "info,sqlx::postgres::notice=warn";

/// Variables through which an SDK would find another account than the local one.
const FOREIGN: [&str; 12] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ENDPOINT_URL",
];

/// Sees to it that nothing in this process can reach a real AWS account: when the environment names one,
/// the program starts itself again (same process id) without it. To be called before any thread starts.
///
/// # Errors
/// When the program cannot be started again.
pub fn isolate() -> io::Result<()> {
    let local = CREDENTIALS.iter().all(|(key, value)| env::var_os(key).is_some_and(|found| found == *value));
    if local && FOREIGN.iter().all(|key| env::var_os(key).is_none()) {
        return Ok(());
    }
    let mut again = Command::new(env::current_exe()?);
    again.args(env::args_os().skip(1)).envs(CREDENTIALS);
    for key in FOREIGN {
        again.env_remove(key);
    }
    // No files of the developer's home either.
    again.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    Err(again.exec())
}

/// The adapter's manifest for all functions.
#[must_use]
pub fn manifest(ports: PortsPlan, binaries: &Path, databases: &ConnectionStrings) -> Value {
    let aws_url = ports.aws_url();
    let connection_strings = BTreeMap::from([
        (environment::DATABASE_URL, databases.app.clone()),
        (environment::OPERATOR_DATABASE_URL, databases.operator.clone()),
        (environment::OWNER_DATABASE_URL, databases.owner.clone()),
    ]);
    manifest::manifest(
        catalog::FUNCTIONS,
        &manifest::Settings {
            listen: format!("127.0.0.1:{}", ports.http),
            base_domain: names::LOCAL_DOMAIN,
            trusted_proxy_hops: 0,
            binaries,
            aws_endpoint: Some(&aws_url),
            queue_url_prefix: &ports.queue_url_prefix(),
            environment: &shared(ports),
            connection_strings: &connection_strings,
        },
    )
}

/// The environment of every function.
fn shared(ports: PortsPlan) -> BTreeMap<String, String> {
    let url = |host| names::local_url(host, ports.http);
    let log = env::var(environment::LOG).unwrap_or_else(|_| LOG_FILTER.to_owned());
    let own = [
        ("TZ", "UTC".to_owned()),
        ("AWS_ENDPOINT_URL", ports.aws_url()),
        (environment::SESSIONS_TABLE, names::SESSIONS_TABLE.to_owned()),
        (environment::FILES_BUCKET, names::FILES_BUCKET.to_owned()),
        (environment::QUEUE_URL_PREFIX, ports.queue_url_prefix()),
        (environment::APP_URL, url(Host::App)),
        (environment::API_URL, url(Host::Api)),
        (environment::ENVIRONMENT, "local".to_owned()),
        (environment::LOG, log),
        (environment::SPANS, "1".to_owned()),
        (environment::SMTP_URL, ports.smtp_url()),
    ];
    let credentials = CREDENTIALS.map(|(key, value)| (key, value.to_owned()));
    own.into_iter().chain(credentials).map(|(key, value)| (key.to_owned(), value)).collect()
}
