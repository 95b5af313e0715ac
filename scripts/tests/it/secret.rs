//! Secrets go from standard input to standard input.

use std::{fs, fs::File};

use crate::checkout::{Checkout, Ended};

const VALUE: &str = "postgres://velox_app:correct-horse@db/velox";

fn set(checkout: &Checkout, line: &str) -> Ended {
    let file = checkout.state("typed");
    fs::write(&file, format!("{VALUE}\n")).unwrap();
    checkout.velox_with(line, File::open(file).unwrap())
}

#[test]
fn a_secret_is_set_without_standing_in_an_argument_or_being_shown() {
    let checkout = Checkout::new();
    let ended = set(&checkout, "secret set dev web DATABASE_URL");
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert_eq!(checkout.remembered("secret"), VALUE);
    let calls = checkout.calls().join("\n");
    assert!(calls.contains("--name /velox/dev/web/DATABASE_URL"), "{calls}");
    assert!(
        calls.contains("--key-id alias/velox-dev"),
        "or SSM takes a key that services may not use: {calls}"
    );
    assert!(
        !calls.contains("correct-horse") && !ended.said.contains("correct-horse"),
        "{calls} {}",
        ended.said
    );
}

#[test]
fn the_network_that_dev_and_staging_share_has_its_own() {
    let checkout = Checkout::new();
    let listed = checkout.velox("secret list nonprod").said;
    assert!(
        listed.starts_with("/velox/nonprod/tailscale/AUTH_KEY") && listed.contains("not set yet"),
        "{listed}"
    );
    checkout.calls();
    let ended = set(&checkout, "secret set nonprod tailscale AUTH_KEY");
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert_eq!(checkout.remembered("secret"), VALUE);
    let calls = checkout.calls().join("\n");
    assert!(calls.contains("--name /velox/nonprod/tailscale/AUTH_KEY"), "{calls}");
    assert!(calls.contains("--key-id the-networks-key"), "{calls}");
    assert_eq!(set(&checkout, "secret set nonprod --env dev tailscale AUTH_KEY").code, 10);
    // It is no environment: nothing is deployed to it.
    assert_eq!(checkout.velox("pipeline nonprod").code, 2);
}

#[test]
fn a_secret_that_terraform_did_not_make_is_refused() {
    let checkout = Checkout::new();
    let ended = set(&checkout, "secret set dev web DATABASE_URI");
    assert_eq!(ended.code, 10, "{}", ended.said);
    assert!(ended.said.contains("/velox/dev/web/DATABASE_URL"), "{}", ended.said);
    assert_eq!(set(&checkout, "secret set prod web DATABASE_URL").code, 10, "prod has to be named twice");
    assert!(!checkout.state("secret").exists());
    assert_eq!(checkout.velox("secret set dev web DATABASE_URL").code, 10, "an empty value");
}

#[test]
fn secrets_are_listed_by_name_with_those_that_wait_for_a_value() {
    let ended = Checkout::new().velox("secret list dev");
    assert_eq!(ended.code, 0, "{}", ended.said);
    let lines: Vec<_> =
        ended.said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        ["/velox/dev/jobs/SMTP_URL version 3 2026-11-20", "/velox/dev/web/DATABASE_URL not set yet"]
    );
}
