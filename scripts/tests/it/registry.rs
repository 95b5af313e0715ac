//! Images and tags in a registry that somebody else wrote (Debian's docker-registry), by the real skopeo.

use std::process::Command;

use crate::checkout::Checkout;

/// A place in the check's registry that no other test uses; none, with a line that says so, where there is no registry.
fn place(name: &str) -> Option<String> {
    let Ok(address) = std::env::var("VELOX_REGISTRY") else {
        eprintln!("skipped: VELOX_REGISTRY names no registry (`cargo velox test` does)");
        return None;
    };
    Some(format!("{address}/{name}"))
}

fn tags(place: &str, service: &str) -> Vec<String> {
    let repository = format!("docker://{place}/velox/{service}");
    let output =
        Command::new("skopeo").args(["list-tags", "--tls-verify=false", &repository]).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    told["Tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_registry_takes_images_once_and_knows_them_by_sources_and_commit() {
    let Some(place) = place("once") else { return };
    let checkout = Checkout::with(&["cargo"]);
    let line = format!("pipeline dev --only build --only push --registry {place}");
    let push = || {
        let ended = checkout.velox(&line);
        assert_eq!(ended.code, 0, "{}", ended.said);
        ended.said
    };
    assert!(push().contains("4 built, 0 in the registry"));
    assert_eq!(tags(&place, "web").len(), 2, "its sources' and its commit's");

    let said = push();
    assert!(said.contains("0 built, 4 in the registry") && !said.contains("pushed"), "{said}");

    checkout.write("functions/api/source", "two");
    let sha = checkout.commit();
    checkout.calls();
    let said = push();
    assert!(said.contains("1 built, 3 in the registry"), "{said}");
    assert!(checkout.calls().contains(&"cargo velox image api".to_owned()));
    assert_eq!(tags(&place, "api").len(), 4);
    assert_eq!(tags(&place, "web").len(), 3, "a tag of the new commit on the same image");
    assert!(tags(&place, "web").contains(&sha));
}

#[test]
fn a_tag_never_moves_to_another_image() {
    let Some(place) = place("never") else { return };
    let checkout = Checkout::with(&["cargo"]);
    let line = |step: &str| format!("pipeline dev --only {step} --registry {place}");
    // Built while the registry is empty and pushed by somebody else meanwhile, differently.
    assert_eq!(checkout.velox(&line("build")).code, 0);
    let other = format!("docker://{place}/velox/web:{}", checkout.commit_of_head());
    let layout = format!("oci:{}", checkout.root().join("target/images/api").display());
    let mut copy = Command::new("skopeo");
    assert!(
        copy.args(["copy", "--quiet", "--dest-tls-verify=false", &layout, &other])
            .status()
            .unwrap()
            .success()
    );
    let ended = checkout.velox(&line("push"));
    assert_eq!(ended.code, 13, "{}", ended.said);
}
