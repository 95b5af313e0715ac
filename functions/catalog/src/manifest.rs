//! The adapter's manifest for a choice of functions, as JSON.
//!
//! The local runner asks for all functions in one adapter, an image for those of its head.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

use crate::{Function, Head, Trigger, deployment, environment, names};

/// A laptop, or whatever else knows all values when it writes the manifest.
#[derive(Debug)]
pub struct Settings<'a> {
    /// `address:port` for HTTP.
    pub listen: String,
    /// Hosts are `<label>.<base domain>`.
    pub base_domain: &'a str,
    /// Proxies in front whose `x-forwarded-for` entry is believed.
    pub trusted_proxy_hops: u8,
    /// Folder with one executable per function.
    pub binaries: &'a Path,
    /// Endpoint of the local cloud; none on AWS.
    pub aws_endpoint: Option<&'a str>,
    /// URL prefix of the queues.
    pub queue_url_prefix: &'a str,
    /// Environment of every function, without the connection strings.
    pub environment: &'a BTreeMap<String, String>,
    /// Connection strings by their variable; a function gets the one of its role and no other.
    pub connection_strings: &'a BTreeMap<&'static str, String>,
}

/// The manifest in the adapter's format, with all values in it.
#[must_use]
pub fn manifest<'f>(functions: impl IntoIterator<Item = &'f Function>, settings: &Settings<'_>) -> Value {
    let functions: Vec<_> = functions
        .into_iter()
        .map(|function| {
            let host = function.head.host().map(|host| host.name(settings.base_domain));
            let mut entry = entry(function, settings.binaries, host.as_deref(), settings.queue_url_prefix);
            entry["environment"] = json!(given(function, settings));
            entry
        })
        .collect();
    json!({
        "listen": settings.listen,
        "trusted_proxy_hops": settings.trusted_proxy_hops,
        "max_body_bytes": names::MAX_BODY_BYTES,
        "aws": { "endpoint_url": settings.aws_endpoint, "region": names::REGION },
        "functions": functions,
    })
}

/// The manifest of a head's image, whose executables are in this folder. It is the same in every environment: what
/// differs between them the container is given as environment variables, each function seeing its own.
#[must_use]
pub fn of_image(head: Head, binaries: &Path) -> Value {
    let prefix = format!("${{{}}}", environment::QUEUE_URL_PREFIX);
    let functions: Vec<_> = deployment::hosted(head)
        .map(|function| {
            // The load balancer sends a head only what is for its host.
            let mut entry = entry(function, binaries, Some("*"), &prefix);
            entry["inherit_environment"] = json!(environment::of(function));
            entry
        })
        .collect();
    json!({
        "service": head.name(),
        "listen": format!("0.0.0.0:{}", deployment::HTTP_PORT),
        "health_listen": format!("0.0.0.0:{}", deployment::HEALTH_PORT),
        "trusted_proxy_hops": 1,
        "max_body_bytes": names::MAX_BODY_BYTES,
        "shutdown_grace_ms": deployment::shutdown_grace_ms(head),
        "functions": functions,
    })
}

fn given<'a>(function: &Function, settings: &'a Settings<'_>) -> BTreeMap<&'a str, &'a str> {
    let mut env: BTreeMap<&str, &str> =
        settings.environment.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    if let Some(key) = environment::database_url(function.database_role)
        && let Some(url) = settings.connection_strings.get(key)
    {
        env.insert(key, url);
    }
    if !function.sends_mail {
        env.remove(environment::SMTP_URL);
    }
    env
}

fn entry(function: &Function, binaries: &Path, host: Option<&str>, queue_url_prefix: &str) -> Value {
    json!({
        "name": function.name,
        "command": binaries.join(function.name),
        "timeout_ms": function.timeout_ms,
        "memory_mib": function.memory_mib,
        "concurrency": function.concurrency,
        "processes": function.processes,
        "routes": routes(function, host),
        "queues": queues(function, queue_url_prefix),
    })
}

fn routes(function: &Function, host: Option<&str>) -> Vec<Value> {
    let (Trigger::Http { method, path }, Some(host)) = (function.trigger, host) else {
        return Vec::new();
    };
    vec![json!({ "host": host, "method": method.token(), "path": greedy(path) })]
}

/// `{*name}` is written `{name+}` by API Gateway and the adapter.
fn greedy(path: &str) -> String {
    match path.split_once("{*") {
        Some((before, rest)) => format!("{before}{{{}+}}", rest.trim_end_matches('}')),
        None => path.to_owned(),
    }
}

fn queues(function: &Function, url_prefix: &str) -> Vec<Value> {
    let Some(payload) = function.payload() else { return Vec::new() };
    let (batch_size, maximum_concurrency) = match function.trigger {
        Trigger::Queue(queue) => (queue.batch_size, queue.maximum_concurrency),
        _ => (1, 1),
    };
    vec![json!({
        "url": format!("{url_prefix}{}", function.name),
        "batch_size": batch_size,
        "maximum_concurrency": maximum_concurrency,
        "visibility_timeout_s": function.visibility_timeout_s(),
        "retry_delay_s": names::RETRY_DELAY_S,
        "report_batch_item_failures": true,
        "payload": payload,
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FUNCTIONS;

    #[test]
    fn a_function_is_given_the_secrets_of_its_own_work_and_no_other() {
        let environment = BTreeMap::from([
            ("VELOX_ENVIRONMENT".to_owned(), "local".to_owned()),
            (environment::SMTP_URL.to_owned(), "smtp://mail".to_owned()),
        ]);
        let urls = BTreeMap::from([
            (environment::DATABASE_URL, "app".to_owned()),
            (environment::OPERATOR_DATABASE_URL, "operator".to_owned()),
            (environment::OWNER_DATABASE_URL, "owner".to_owned()),
        ]);
        let settings = Settings {
            listen: "127.0.0.1:0".to_owned(),
            base_domain: "localhost",
            trusted_proxy_hops: 0,
            binaries: Path::new("/bin"),
            aws_endpoint: None,
            queue_url_prefix: "http://q/velox-",
            environment: &environment,
            connection_strings: &urls,
        };
        let manifest = manifest(FUNCTIONS, &settings);
        for (function, entry) in FUNCTIONS.iter().zip(manifest["functions"].as_array().unwrap()) {
            let given: Vec<_> = urls.keys().filter(|key| entry["environment"].get(**key).is_some()).collect();
            let wanted: Vec<_> = environment::database_url(function.database_role).into_iter().collect();
            assert_eq!(given, wanted.iter().collect::<Vec<_>>(), "{}", function.name);
            let mail = entry["environment"].get(environment::SMTP_URL).is_some();
            assert_eq!(mail, function.sends_mail, "{}", function.name);
        }
    }

    #[test]
    fn an_image_holds_no_value_of_an_environment_and_what_only_a_laptop_has() {
        for head in Head::ALL {
            let manifest = of_image(head, Path::new("/functions"));
            for entry in manifest["functions"].as_array().unwrap() {
                let function = crate::find(entry["name"].as_str().unwrap()).unwrap();
                assert!(function.head == head && !function.local_only);
                assert!(entry["environment"].is_null());
                let seen = entry["inherit_environment"].as_array().unwrap();
                let of_owner = seen.iter().any(|name| name == environment::OWNER_DATABASE_URL);
                assert_eq!(
                    of_owner,
                    function.database_role == crate::DatabaseRole::Owner,
                    "{}",
                    function.name
                );
                for queue in entry["queues"].as_array().unwrap() {
                    assert_eq!(queue["url"], format!("${{QUEUE_URL_PREFIX}}{}", function.name));
                }
            }
        }
    }

    #[test]
    fn a_catch_all_path_is_written_as_api_gateway_writes_it() {
        assert_eq!(greedy("/{*path}"), "/{path+}");
        assert_eq!(greedy("/imports/{id}"), "/imports/{id}");
    }
}
