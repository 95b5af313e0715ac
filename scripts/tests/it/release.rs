//! Runs that go on, runs that only show, single steps, rollbacks and the note in Sentry.

use crate::checkout::Checkout;

#[test]
fn a_run_goes_on_where_the_last_one_ended() {
    let mut checkout = Checkout::new();
    checkout.set("FAKE_APPLY", "fails");
    assert_eq!(checkout.velox("pipeline dev --poll 0.01").code, 19);
    checkout.calls();
    checkout.set("FAKE_APPLY", "");
    let ended = checkout.velox("pipeline dev --poll 0.01 --resume");
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert!(ended.said.contains("– push was done before"), "{}", ended.said);
    let calls = checkout.calls();
    assert!(!calls.iter().any(|call| call.starts_with("cargo") || call.starts_with("skopeo")), "{calls:#?}");
    // The plan is made anew: the first one is older than what the apply has left.
    assert!(calls.iter().any(|call| call.contains(" plan ")), "{calls:#?}");
    assert!(!checkout.velox("pipeline dev --resume").said.contains("▶"), "everything is done");
}

#[test]
fn a_dry_run_prints_every_command_and_calls_nothing() {
    let checkout = Checkout::new();
    let ended = checkout.velox("pipeline prod --dry-run");
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert_eq!(checkout.calls(), [""; 0]);
    assert!(!checkout.root().join("target").exists());
    for command in [
        "$ git status --porcelain",
        "$ aws sts get-caller-identity",
        "$ cargo velox test --only lints",
        "$ aws ecr get-login-password",
        "$ skopeo login --username AWS --password-stdin",
        "$ cargo velox image web api admin jobs",
        "$ skopeo copy --preserve-digests",
        "$ cargo velox sync --check",
        "$ aws ecs run-task",
        "$ terraform -chdir=terraform/envs/prod plan",
        "$ terraform -chdir=terraform/envs/prod apply",
        "$ aws ecs describe-services",
        "$ aws ssm put-parameter",
        "$ curl",
    ] {
        assert!(ended.said.contains(command), "{command}: {}", ended.said);
    }
}

#[test]
fn single_steps_take_what_earlier_ones_left() {
    let checkout = Checkout::new();
    assert_eq!(checkout.velox("pipeline dev --only build").code, 0);
    assert_eq!(checkout.velox("pipeline dev --only push").code, 0);
    let calls = checkout.calls();
    assert!(calls.iter().any(|call| call.starts_with("skopeo copy")), "{calls:#?}");
    assert!(!calls.iter().any(|call| call.starts_with("terraform") || call.contains("test")), "{calls:#?}");
    assert_eq!(checkout.velox("pipeline dev --only sync --only migrate --only plan").code, 0);
    assert_eq!(checkout.velox("pipeline dev --poll 0.01 --only apply --only rollout").code, 0);
}

#[test]
fn a_rollback_puts_the_images_of_the_release_before_in_place() {
    let checkout = Checkout::new();
    checkout.deploy();
    let first = checkout.remembered("variables");
    checkout.write("functions/web/source", "two");
    let second = checkout.commit();
    checkout.deploy();
    assert_ne!(checkout.remembered("variables"), first);
    checkout.calls();
    let ended = checkout.velox("rollback dev --poll 0.01");
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert_eq!(checkout.remembered("variables"), first);
    assert!(checkout.remembered("release.3").contains(&format!(r#""instead_of":"{second}""#)));
    let calls = checkout.calls();
    assert!(!calls.iter().any(|call| call.starts_with("cargo") || call.contains("run-task")), "{calls:#?}");
    let ended = checkout.velox("rollback dev --poll 0.01");
    assert_eq!(ended.code, 10, "there is none before: {}", ended.said);
    // Forward again by name.
    let ended = checkout.velox(&format!("rollback dev --poll 0.01 --to {}", &second[..10]));
    assert_eq!(ended.code, 0, "{}", ended.said);
}

#[test]
fn a_release_is_noted_in_sentry_with_a_token_that_nobody_sees() {
    let mut checkout = Checkout::new();
    for (key, value) in [
        ("SENTRY_URL", "https://sentry.test"),
        ("SENTRY_ORG", "velox"),
        ("SENTRY_PROJECT", "velox-web"),
        ("SENTRY_AUTH_TOKEN", "sntrys-a-token-of-sentry"),
    ] {
        checkout.set(key, value);
    }
    let said = checkout.deploy();
    assert!(said.contains("noted in Sentry: "), "{said}");
    let calls = checkout.calls();
    let notes: Vec<_> = calls.iter().filter(|call| call.contains("sentry.test")).collect();
    assert_eq!(notes.len(), 2, "{calls:#?}");
    assert!(notes[1].contains(r#"{"environment":"dev"}"#), "{notes:#?}");
    assert!(!calls.join("\n").contains("sntrys-") && !said.contains("sntrys-"));
    assert!(checkout.remembered("sentry").contains("Bearer sntrys-a-token-of-sentry"));
}
