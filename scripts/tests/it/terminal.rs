//! At a terminal, which util-linux's `script` makes: somebody is asked.

use std::{fs, fs::File, path::Path};

use crate::checkout::{Checkout, Ended};

/// None where there is no `script`.
fn at_a_terminal(checkout: &Checkout, line: &str, typed: &str) -> Option<Ended> {
    if !Path::new("/usr/bin/script").exists() {
        eprintln!("skipped: there is no /usr/bin/script, which would make a terminal");
        return None;
    }
    let file = checkout.state("typed");
    fs::write(&file, typed).unwrap();
    let command = format!("{} {line}", env!("CARGO_BIN_EXE_scripts"));
    let arguments = ["--quiet", "--return", "--command", &command, "/dev/null"];
    Some(checkout.run("script", &arguments, File::open(file).unwrap()))
}

#[test]
fn a_plan_for_prod_is_applied_only_when_whoever_sees_it_says_so() {
    let mut checkout = Checkout::new();
    checkout.set("FAKE_ACCOUNT", "222222222222");
    let line = "pipeline prod --env prod --poll 0.01";
    let Some(ended) = at_a_terminal(&checkout, line, "no\n") else { return };
    assert_eq!(ended.code, 18, "{}", ended.said);
    assert!(ended.said.contains("Plan: 1 to add, 4 to change"), "{}", ended.said);
    assert!(!checkout.calls().iter().any(|call| call.contains(" apply ")));
    let ended = at_a_terminal(&checkout, &format!("{line} --resume"), "prod\n").unwrap();
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert!(checkout.calls().iter().any(|call| call.contains(" apply ")));
}
