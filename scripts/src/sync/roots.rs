//! Which root of Terraform is told what, and where its state is.

use catalog::{
    deployment::{ENVIRONMENTS, Environment, Network},
    names,
};
use serde_json::{Value, json};

use super::{
    File,
    catalogue::{catalogue, edge},
    settings::{Account, Settings},
};

/// All files that `cargo velox sync` writes, below `terraform/`.
pub(super) fn files(settings: &Settings) -> Vec<File> {
    let mut files = vec![variables("bootstrap", &bootstrap(settings))];
    let nonprod = settings.account(Network::Nonprod);
    files.push(variables("envs/nonprod-network", &network(Network::Nonprod, nonprod)));
    files.push(backend("envs/nonprod-network", Network::Nonprod, nonprod));
    for environment in ENVIRONMENTS {
        let account = settings.account(environment.network);
        let root = format!("envs/{}", environment.name);
        let mut values = self::environment(&environment, account);
        // nonprod's network has a root of its own, because two environments share it.
        if environment.network == Network::Prod {
            merge(&mut values, network(Network::Prod, account));
        }
        files.push(variables(&root, &values));
        files.push(backend(&root, environment.network, account));
    }
    files
}

fn bootstrap(settings: &Settings) -> Value {
    let account = |network: Network, ids: &[&str]| {
        let Account { account_id, domain, .. } = settings.account(network);
        json!({
            "account_id": account_id,
            "domain": domain,
            "state_bucket": state_bucket(network, settings.account(network)),
            "github_environments": ids,
        })
    };
    json!({
        "region": names::REGION,
        "prefix": names::PREFIX,
        "repository": settings.repository,
        "accounts": {
            "nonprod": account(Network::Nonprod, &["dev", "staging"]),
            "prod": account(Network::Prod, &["prod"]),
        },
    })
}

fn network(network: Network, account: &Account) -> Value {
    json!({
        "region": names::REGION,
        "prefix": names::PREFIX,
        "network": network,
        "account": account,
        "edge": edge(network),
    })
}

fn environment(environment: &Environment, account: &Account) -> Value {
    json!({
        "region": names::REGION,
        "prefix": names::PREFIX,
        "environment": environment,
        "account": account,
        "catalog": catalogue(&account.account_id),
    })
}

fn variables(root: &str, values: &Value) -> File {
    File { path: format!("{root}/catalog.auto.tfvars.json"), text: pretty(values) }
}

/// A backend takes no variables, so the whole block is written.
fn backend(root: &str, network: Network, account: &Account) -> File {
    let key = root.trim_start_matches("envs/");
    let s3 = json!({
        "bucket": state_bucket(network, account),
        "key": format!("{key}.tfstate"),
        "region": names::REGION,
        "encrypt": true,
        "use_lockfile": true,
        "allowed_account_ids": [account.account_id],
    });
    let block = json!({ "terraform": { "backend": { "s3": s3 } } });
    File { path: format!("{root}/backend.tf.json"), text: pretty(&block) }
}

/// Names of buckets are taken worldwide: the account's id makes this one ours.
fn state_bucket(network: Network, account: &Account) -> String {
    let network = match network {
        Network::Nonprod => "nonprod",
        Network::Prod => "prod",
    };
    format!("{}-{network}-terraform-{}", names::PREFIX, account.account_id)
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
