//! What functions find in their environment, and what the runner itself must have in its own.

pub mod bar;
pub mod cascade;
pub mod remote;

use std::{collections::BTreeMap, env, io, os::unix::process::CommandExt, path::Path, process::Command};

use catalog::{Host, environment, manifest, names};
use serde_json::Value;

use crate::{ports_plan::PortsPlan, postgres::ConnectionStrings};
use cascade::{Cascade, Origin, Source};
use remote::Remote;

/// The credentials that the local cloud is used with.
const CREDENTIALS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local"), ("AWS_REGION", names::REGION)];

/// Sender of the mails that the mailbox catches.
const MAIL_FROM: &str = "Velox <no-reply@velox.example>";

/// Known to everybody, as the passwords of this machine's database are: it seals the data of demos and tests.
const SEALING_KEY: &str = "local:dGhlIGxvY2FsIHJ1bm5lciBrZWVwcyBubyBzZWNyZXQ=";

/// What one receive brings at most.
const FIRES_TOGETHER: u16 = 10;

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
/// the program starts itself again (same process id) without it. To be called before any thread starts, and not for
/// a shared environment, which is reached with the developer's own credentials.
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

/// Sees to it that this process has what a shared environment's file says about AWS, as its functions do: starts the
/// program again (same process id) where it has not. To be called before any thread starts.
///
/// # Errors
/// When the program cannot be started again.
pub fn adopt(variables: &[(String, String)]) -> io::Result<()> {
    if variables.iter().all(|(key, value)| env::var_os(key).is_some_and(|found| found == **value)) {
        return Ok(());
    }
    let mut again = Command::new(env::current_exe()?);
    Err(again.args(env::args_os().skip(1)).envs(variables.iter().cloned()).exec())
}

/// What functions run in.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The runner's ports.
    pub ports: PortsPlan,
    /// Folder with one executable per function.
    pub binaries: &'a Path,
    /// Connection strings; for a shared environment its own.
    pub databases: &'a ConnectionStrings,
    /// The developer's settings.
    pub cascade: &'a Cascade,
    /// A shared environment in place of the local cloud.
    pub remote: Option<&'a Remote>,
}

/// The adapter's manifest for all functions.
#[must_use]
pub fn manifest(place: &Place<'_>) -> Value {
    let Place { ports, binaries, databases, remote, .. } = *place;
    let aws_url = ports.aws_url();
    let prefix = ports.queue_url_prefix();
    let mut connection_strings = BTreeMap::from([
        (environment::DATABASE_URL, databases.app.clone()),
        (environment::OPERATOR_DATABASE_URL, databases.operator.clone()),
        (environment::OWNER_DATABASE_URL, databases.owner.clone()),
    ]);
    if remote.is_some() {
        connection_strings.remove(environment::OWNER_DATABASE_URL);
    }
    let mut manifest = manifest::manifest(
        catalog::FUNCTIONS,
        &manifest::Settings {
            listen: format!("127.0.0.1:{}", ports.http),
            base_domain: names::LOCAL_DOMAIN,
            trusted_proxy_hops: 0,
            binaries,
            aws_endpoint: remote.map_or(Some(&aws_url), Remote::endpoint),
            queue_url_prefix: remote.map_or(&prefix, Remote::queue_url_prefix),
            environment: &shared(place),
            connection_strings: &connection_strings,
        },
    );
    match remote {
        Some(remote) => leave_queues_alone(&mut manifest, remote),
        None => receive_fires_together(&mut manifest),
    }
    manifest
}

/// Who travels in time fires many times at once. Each fire stays an invocation of its own.
fn receive_fires_together(manifest: &mut Value) {
    let functions = manifest["functions"].as_array_mut().into_iter().flatten();
    for queue in functions.flat_map(|function| function["queues"].as_array_mut().into_iter().flatten()) {
        if queue["payload"] == "message-body" {
            queue["batch_size"] = FIRES_TOGETHER.into();
        }
    }
}

/// Messages of a shared environment are its own functions' to work on.
fn leave_queues_alone(manifest: &mut Value, remote: &Remote) {
    manifest["aws"]["region"] = remote.region().into();
    for function in manifest["functions"].as_array_mut().into_iter().flatten() {
        let known = function["name"].as_str().and_then(catalog::find);
        if !known.is_some_and(|known| remote.polls(known)) {
            function["queues"] = Value::Array(Vec::new());
        }
    }
}

/// The environment of every function.
fn shared(place: &Place<'_>) -> BTreeMap<String, String> {
    let Place { ports, cascade, remote, .. } = *place;
    let url = |host| names::local_url(host, ports.http);
    let smtp = remote.and_then(Remote::smtp).map_or_else(|| ports.smtp_url(), str::to_owned);
    let own = [
        ("TZ", "UTC".to_owned()),
        (environment::APP_URL, url(Host::App)),
        (environment::API_URL, url(Host::Api)),
        (environment::ENVIRONMENT, cascade.name().to_owned()),
        (environment::SPANS, "1".to_owned()),
        (environment::SMTP_URL, smtp),
        (environment::MAIL_FROM, MAIL_FROM.to_owned()),
    ];
    let own = own.map(|(key, value)| (key.to_owned(), value));
    let cloud: Vec<_> = match remote {
        Some(remote) => remote.variables().collect(),
        None => local_cloud(ports).collect(),
    };
    let given = cascade.values().filter(|(key, _)| !is_decided(key));
    let given = given.map(|(key, value)| (key.to_owned(), value.to_owned()));
    // What the runner decides last: it is what runs here.
    let log = (environment::LOG.to_owned(), LOG_FILTER.to_owned());
    std::iter::once(log).chain(given).chain(own).chain(cloud).collect()
}

fn local_cloud(ports: PortsPlan) -> impl Iterator<Item = (String, String)> {
    let own = [
        ("AWS_ENDPOINT_URL", ports.aws_url()),
        (environment::SESSIONS_TABLE, names::SESSIONS_TABLE.to_owned()),
        (environment::TOKENS_TABLE, names::TOKENS_TABLE.to_owned()),
        (environment::THROTTLES_TABLE, names::THROTTLES_TABLE.to_owned()),
        (environment::SEALING_KEYS, SEALING_KEY.to_owned()),
        (environment::FILES_BUCKET, names::FILES_BUCKET.to_owned()),
        (environment::QUEUE_URL_PREFIX, ports.queue_url_prefix()),
    ];
    let credentials = CREDENTIALS.map(|(key, value)| (key, value.to_owned()));
    own.into_iter().chain(credentials).map(|(key, value)| (key.to_owned(), value))
}

/// What the settings say in vain, one sentence each: files of the checkout are meant to be used.
#[must_use]
pub fn unused(cascade: &Cascade) -> Vec<String> {
    let in_use = |name: &str| match cascade.is_remote() {
        true => cascade.own(name).is_some() && name != environment::OWNER_DATABASE_URL,
        false => name == environment::DATABASE_URL,
    };
    let in_vain = |origin: &Origin| {
        is_decided(&origin.name) && !in_use(&origin.name) && origin.source != Source::Process
    };
    let origins = cascade.origins().into_iter().filter(in_vain);
    let sentence = |Origin { name, source, .. }: Origin| {
        format!("{source} sets {name}, which the local runner decides itself: not used")
    };
    origins.map(sentence).collect()
}

/// Variables that are the developer's to set although they are in no file.
pub const KNOWN: [&str; 2] = [environment::LOG, environment::DATABASE_URL];

/// Whether the runner gives functions this variable itself, whatever the settings say: it runs what they name.
#[must_use]
pub fn is_decided(key: &str) -> bool {
    const DECIDED: [&str; 16] = [
        "TZ",
        environment::SESSIONS_TABLE,
        environment::TOKENS_TABLE,
        environment::THROTTLES_TABLE,
        environment::MAIL_FROM,
        environment::SEALING_KEYS,
        environment::FILES_BUCKET,
        environment::QUEUE_URL_PREFIX,
        environment::APP_URL,
        environment::API_URL,
        environment::ENVIRONMENT,
        environment::SPANS,
        environment::SMTP_URL,
        environment::DATABASE_URL,
        environment::OPERATOR_DATABASE_URL,
        environment::OWNER_DATABASE_URL,
    ];
    key.starts_with("AWS_") || DECIDED.contains(&key)
}
