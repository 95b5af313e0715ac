//! Images and tags in a registry that somebody else wrote (Debian's docker-registry), by the real skopeo.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::checkout::Checkout;

/// Killed when dropped.
struct Registry {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Registry {
    fn start(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("registry.yml");
        let storage = folder.path().join("storage");
        let configuration = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:0\n",
            storage.display()
        );
        std::fs::write(&file, configuration).unwrap();
        let mut command = Command::new(program);
        command.arg("serve").arg(&file).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, after) = line.split_once("listening on 127.0.0.1:")?;
            after.trim_end_matches(|c: char| !c.is_ascii_digit()).split(['"', ' ']).next()?.parse().ok()
        });
        // Read on, or a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, port: port.expect("docker-registry tells its port"), _folder: folder }
    }

    fn tags(&self, service: &str) -> Vec<String> {
        let repository = format!("docker://127.0.0.1:{}/velox/{service}", self.port);
        let output =
            Command::new("skopeo").args(["list-tags", "--tls-verify=false", &repository]).output().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        told["Tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_registry_takes_images_once_and_knows_them_by_content_and_commit() {
    let Ok(program) = std::env::var("VELOX_DOCKER_REGISTRY") else {
        eprintln!("skipped: VELOX_DOCKER_REGISTRY names no docker-registry (`cargo velox test` does)");
        return;
    };
    let registry = Registry::start(&program);
    let checkout = Checkout::with(&["aws", "cargo"]);
    let line = format!("pipeline dev --only build --only push --registry 127.0.0.1:{}", registry.port);
    let push = || {
        let ended = checkout.velox(&line);
        assert_eq!(ended.code, 0, "{}", ended.said);
        ended.said
    };
    assert!(push().contains("4 built, 0 in the registry"));
    assert_eq!(registry.tags("web").len(), 2, "its content's and its commit's");

    let said = push();
    assert!(said.contains("0 built, 4 in the registry") && !said.contains("pushed"), "{said}");

    checkout.write("functions/api/source", "two");
    let sha = checkout.commit();
    checkout.calls();
    let said = push();
    assert!(said.contains("1 built, 3 in the registry"), "{said}");
    assert!(checkout.calls().contains(&"cargo velox image api".to_owned()));
    assert_eq!(registry.tags("api").len(), 4);
    assert_eq!(registry.tags("web").len(), 3, "a tag of the new commit on the same image");
    assert!(registry.tags("web").contains(&sha));
}

#[test]
fn a_tag_never_moves_to_another_image() {
    let Ok(program) = std::env::var("VELOX_DOCKER_REGISTRY") else { return };
    let registry = Registry::start(&program);
    let checkout = Checkout::with(&["aws", "cargo"]);
    let line = |step: &str| format!("pipeline dev --only {step} --registry 127.0.0.1:{}", registry.port);
    // Built while the registry is empty and pushed by somebody else meanwhile, differently.
    assert_eq!(checkout.velox(&line("build")).code, 0);
    let other = format!("docker://127.0.0.1:{}/velox/web:{}", registry.port, checkout.commit_of_head());
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
