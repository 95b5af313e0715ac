//! The pipeline against fake `aws`, `terraform`, `skopeo`, `curl` and `cargo`: rollouts that succeed, fail and hang,
//! and everything that is refused.

use crate::checkout::Checkout;

const QUICK: &str = "--poll 0.01 --rollout-timeout 0.1";

fn index(calls: &[String], beginning: &str) -> usize {
    let found = calls.iter().position(|call| call.starts_with(beginning));
    found.unwrap_or_else(|| panic!("no call begins with {beginning}: {calls:#?}"))
}

#[test]
fn the_first_release_creates_the_environment_before_it_migrates() {
    let checkout = Checkout::new();
    let said = checkout.deploy();
    let calls = checkout.calls();
    let apply = index(&calls, "terraform -chdir=terraform/envs/dev apply");
    assert!(apply < index(&calls, "aws ecs run-task"), "{calls:#?}");
    let registered = checkout.remembered("registered");
    let host = "111111111111.dkr.ecr.eu-central-1.amazonaws.com";
    assert!(registered.contains(&format!("{host}/velox/jobs@sha256:")), "{registered}");
    assert!(!registered.contains("revision"), "{registered}");
    assert!(checkout.remembered("variables").contains(&format!("{host}/velox/web@sha256:")));
    assert!(checkout.remembered("release.1").contains("/velox/api@sha256:"));
    assert_eq!(checkout.remembered("password"), "the-password-of-the-registry");
    assert!(!calls.iter().any(|call| call.contains("the-password")), "{calls:#?}");
    assert!(!said.contains("the-password"), "{said}");
    assert!(said.contains("not noted in Sentry"), "{said}");
    assert!(said.contains("https://api.test/v1/customers 401"), "{said}");
}

#[test]
fn later_releases_migrate_before_they_apply() {
    let checkout = Checkout::new();
    checkout.deploy();
    checkout.write("domain/migrations/0002.sql", "ALTER TABLE a ADD COLUMN c text;");
    checkout.commit();
    checkout.calls();
    checkout.deploy();
    let calls = checkout.calls();
    let order = [
        "cargo velox test",
        "cargo velox image web",
        "skopeo copy",
        "cargo velox sync --check",
        "aws ecs run-task",
        "terraform -chdir=terraform/envs/dev plan",
        "terraform -chdir=terraform/envs/dev apply",
        "aws ecs describe-services",
        "aws ssm put-parameter",
        "curl",
    ];
    let places = order.map(|call| index(&calls, call));
    assert!(places.is_sorted(), "{places:?} {calls:#?}");
}

#[test]
fn a_service_whose_sources_are_the_same_is_not_built_again() {
    let checkout = Checkout::new();
    checkout.deploy();
    let before = checkout.remembered("variables");
    checkout.write("functions/web/source", "two");
    let sha = checkout.commit();
    checkout.calls();
    let said = checkout.deploy();
    let calls = checkout.calls();
    let images: Vec<_> = calls.iter().filter(|call| call.starts_with("cargo velox image")).collect();
    assert_eq!(images, ["cargo velox image --source-digest", "cargo velox image web"]);
    assert!(said.contains("1 built, 3 in the registry"), "{said}");
    let after = checkout.remembered("variables");
    let image = |text: &str, service: &str| {
        text.lines().find(|line| line.contains(&format!("velox/{service}@"))).unwrap().to_owned()
    };
    assert_eq!(image(&before, "api"), image(&after, "api"));
    assert_ne!(image(&before, "web"), image(&after, "web"));
    for service in ["web", "api", "admin", "jobs"] {
        assert!(checkout.state(&format!("tags/{service}:{sha}")).is_file(), "{service}");
    }
}

#[test]
fn a_rollout_that_went_back_says_why() {
    let mut checkout = Checkout::new();
    checkout.set("FAKE_ROLLOUT", "fails");
    let ended = checkout.velox(&format!("pipeline dev {QUICK}"));
    assert_eq!(ended.code, 20, "{}", ended.said);
    for part in [
        "was rolled back: ECS deployment circuit breaker: tasks failed to start.",
        "task broken1 stopped: Task failed ELB health checks; adapter ended with 3",
        "| cannot reach postgres://app:***@db:5432/velox",
        "| giving up",
    ] {
        assert!(ended.said.contains(part), "{part}: {}", ended.said);
    }
    assert!(!checkout.state("release.1").exists(), "it does not run, so it is not written down");
    assert!(!checkout.calls().iter().any(|call| call.contains("app.test")), "nothing is asked of it");
}

#[test]
fn a_rollout_that_does_not_end_is_given_up() {
    let mut checkout = Checkout::new();
    checkout.set("FAKE_ROLLOUT", "hangs");
    let ended = checkout.velox(&format!("pipeline dev {QUICK}"));
    assert_eq!(ended.code, 21, "{}", ended.said);
    assert!(ended.said.contains("is not stable after"), "{}", ended.said);
    assert!(ended.said.contains("web 1 of 2"), "{}", ended.said);
}

#[test]
fn failed_migrations_keep_services_as_they_are() {
    let mut checkout = Checkout::new();
    checkout.deploy();
    checkout.write("domain/migrations/0002.sql", "SELECT 1;");
    checkout.commit();
    checkout.calls();
    checkout.set("FAKE_MIGRATION", "fails");
    let ended = checkout.velox(&format!("pipeline dev {QUICK}"));
    assert_eq!(ended.code, 16, "{}", ended.said);
    assert!(
        ended.said.contains("adapter ended with 1") && ended.said.contains("| giving up"),
        "{}",
        ended.said
    );
    assert!(!checkout.calls().iter().any(|call| call.contains(" apply ")));
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    for (variable, code, part) in [
        ("FAKE_QUALITY", 11, "unused variable"),
        ("FAKE_SYNC", 14, "catalog.auto.tfvars.json differs"),
        ("FAKE_PLAN", 17, "no such image"),
        ("FAKE_APPLY", 19, "quota exceeded"),
        ("FAKE_SMOKE", 22, "https://app.test/login answers 502, not 200"),
    ] {
        let mut checkout = Checkout::new();
        checkout.set(variable, "fails");
        let ended = checkout.velox(&format!("pipeline dev {QUICK}"));
        assert_eq!(ended.code, code, "{variable}: {}", ended.said);
        assert!(ended.said.contains(part), "{variable}: {}", ended.said);
    }
}

#[test]
fn nothing_is_begun_in_a_dirty_tree_in_another_account_or_in_an_unnamed_prod() {
    let mut checkout = Checkout::new();
    let refused = |checkout: &Checkout, line: &str, part: &str| {
        let ended = checkout.velox(line);
        assert_eq!(ended.code, 10, "{line}: {}", ended.said);
        assert!(ended.said.contains(part), "{line}: {}", ended.said);
        let calls = checkout.calls();
        assert!(calls.iter().all(|call| call.starts_with("aws sts")), "{line}: {calls:#?}");
    };
    refused(&checkout, "pipeline prod", "add `--env prod`");
    refused(&checkout, "pipeline prod --env dev", "another environment");
    refused(
        &checkout,
        "pipeline prod --env prod",
        "of account 111111111111, and prod is account 222222222222",
    );
    refused(&checkout, "pipeline dev --only apply", "run the step `migrate` first");
    checkout.set("FAKE_ACCOUNT", "333333333333");
    refused(&checkout, "pipeline dev", "of account 333333333333");
    checkout.write("domain/new.rs", "");
    refused(&checkout, "pipeline dev", "?? domain/new.rs");
}

#[test]
fn what_is_missing_on_the_path_is_named() {
    let checkout = Checkout::with(&["aws", "cargo", "skopeo", "curl"]);
    let ended = checkout.velox(&format!("pipeline dev {QUICK}"));
    assert_eq!(ended.code, 23, "{}", ended.said);
    assert!(ended.said.contains("terraform: No such file"), "{}", ended.said);
}

#[test]
fn a_migration_that_would_break_what_runs_is_refused_until_nothing_uses_it() {
    let checkout = Checkout::new();
    checkout.deploy();
    checkout.write("domain/migrations/0002.sql", "ALTER TABLE a DROP COLUMN b;\n");
    let refused = checkout.commit();
    checkout.calls();
    let ended = checkout.velox(&format!("pipeline dev {QUICK}"));
    assert_eq!(ended.code, 15, "{}", ended.said);
    assert!(ended.said.contains("0002.sql:1: the running version may use a.b"), "{}", ended.said);
    // A release that does not run yet is no release that stopped using it.
    let marked = |sha: &str| format!("-- unused since {sha}: b\nALTER TABLE a DROP COLUMN b;\n");
    checkout.write("domain/migrations/0002.sql", &marked(&refused));
    checkout.commit();
    let ended = checkout.velox(&format!("pipeline dev {QUICK}"));
    assert_eq!(ended.code, 15, "{}", ended.said);
    assert!(!checkout.calls().iter().any(|call| call.contains("run-task") || call.contains(" plan ")));

    let running: serde_json::Value = serde_json::from_str(&checkout.remembered("release.1")).unwrap();
    checkout.write("domain/migrations/0002.sql", &marked(running["sha"].as_str().unwrap()));
    checkout.commit();
    checkout.deploy();
    index(&checkout.calls(), "aws ecs run-task");

    checkout.write("domain/migrations/0001.sql", "CREATE TABLE a (b int);");
    checkout.commit();
    let ended = checkout.velox(&format!("pipeline dev {QUICK}"));
    assert_eq!(ended.code, 15, "{}", ended.said);
    assert!(ended.said.contains("0001.sql was changed or removed"), "{}", ended.said);
}
