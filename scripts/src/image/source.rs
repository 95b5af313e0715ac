//! What an image is made of: the commit, the crates, and the digest of the files that end up in it.

use std::process::Command;

use catalog::Head;
use serde_json::Value;

use super::{bill, layout};
use crate::project::Project;

/// Besides the crates: what decides how they are compiled and put together.
const ALWAYS: [&str; 5] = ["Cargo.lock", "Cargo.toml", ".cargo", "scripts/src/image.rs", "scripts/src/image"];

/// The checkout, as git and cargo see it.
pub(super) struct Source {
    /// SHA of the commit, with `-dirty` where files differ from it.
    pub(super) revision: String,
    /// When it was committed, RFC 3339 in UTC.
    pub(super) committed: String,
    metadata: Value,
    /// As `git ls-files --stage` lists them.
    files: String,
    compiler: String,
}

impl Source {
    pub(super) fn read(project: &Project) -> Result<Self, String> {
        let git = |arguments: &[&str]| said(project.command("git").args(arguments));
        let dirty = !git(&["status", "--porcelain"])?.is_empty();
        let commit = git(&["rev-parse", "HEAD"])?;
        let seconds = git(&["show", "--no-patch", "--format=%ct", "HEAD"])?;
        let moment = seconds.parse().ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
        let committed = moment.ok_or_else(|| format!("git says that it was committed at `{seconds}`"))?;
        let metadata = said(project.cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
        Ok(Self {
            revision: if dirty { format!("{commit}-dirty") } else { commit },
            committed: committed.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            metadata: serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?,
            files: git(&["ls-files", "--stage"])?,
            compiler: said(project.command("rustc").arg("--version"))?,
        })
    }

    /// The software bill of materials of a service's image.
    pub(super) fn bill(&self, head: Head) -> Value {
        bill::bill(&format!("velox-{}", head.name()), &self.packages(head))
    }

    /// Of all files, as they are committed, that a service's programs are compiled from. The same digest makes the same
    /// programs, so what has it need not be built again.
    pub(super) fn digest(&self, head: Head) -> Result<String, String> {
        let root = self.metadata["workspace_root"].as_str().unwrap_or_default();
        let packages = self.packages(head);
        let own = packages.iter().filter(|package| package["source"].is_null());
        let manifests = own.filter_map(|package| package["manifest_path"].as_str()?.strip_prefix(root));
        let folders: Vec<_> =
            manifests.map(|path| path.trim_start_matches('/').trim_end_matches("Cargo.toml")).collect();
        let is_in = |path: &str| {
            folders
                .iter()
                .any(|folder| path.starts_with(folder) && !path[folder.len()..].starts_with("tests/"))
                || ALWAYS.iter().any(|always| {
                    path.strip_prefix(always).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
        };
        let lines =
            self.files.lines().filter(|line| line.split_once('\t').is_some_and(|(_, path)| is_in(path)));
        let listed: String = lines.flat_map(|line| [line, "\n"]).collect();
        if listed.is_empty() {
            return Err("git lists no file of the service: is this a checkout?".to_owned());
        }
        Ok(layout::digest(format!("{}\n{listed}", self.compiler).as_bytes()))
    }

    fn packages(&self, head: Head) -> Vec<&Value> {
        bill::closure(&self.metadata, &["adapter", head.name()])
    }
}

/// What a program printed, without the end of its last line.
fn said(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn source(files: &str) -> Source {
        let package = |name: &str, folder: &str| {
            json!({ "id": name, "name": name, "version": "0.1.0", "source": null,
                "manifest_path": format!("/velox/{folder}/Cargo.toml") })
        };
        let node = |id: &str, on: &[&str]| {
            let deps: Vec<_> =
                on.iter().map(|id| json!({ "pkg": id, "dep_kinds": [{ "kind": null }] })).collect();
            json!({ "id": id, "deps": deps })
        };
        Source {
            revision: "abc".to_owned(),
            committed: "2026-11-23T00:00:00Z".to_owned(),
            metadata: json!({
                "workspace_root": "/velox",
                "packages": [package("web", "functions/web"), package("api", "functions/api"),
                    package("domain", "domain"), package("adapter", "adapter")],
                "resolve": { "nodes": [node("web", &["domain"]), node("api", &["domain"]), node("domain", &[]),
                    node("adapter", &[])] },
            }),
            files: files.replace(' ', "\t"),
            compiler: "rustc 1".to_owned(),
        }
    }

    #[test]
    fn a_digest_changes_with_the_files_of_the_service_and_with_no_other() {
        let digests = |files: &str| {
            let source = source(files);
            (source.digest(Head::Web).unwrap(), source.digest(Head::Api).unwrap())
        };
        let (web, api) =
            digests("1 functions/web/src/lib.rs\n2 functions/api/src/lib.rs\n3 domain/src/lib.rs");
        assert_ne!(web, api);
        let (other_web, same_api) = digests(
            "9 functions/web/src/lib.rs\n2 functions/api/src/lib.rs\n3 domain/src/lib.rs\n4 README.md",
        );
        assert!(other_web != web && same_api == api);
        let (shared_web, shared_api) =
            digests("1 functions/web/src/lib.rs\n2 functions/api/src/lib.rs\n9 domain/src/lib.rs");
        assert!(shared_web != web && shared_api != api);
        let (locked, _) = digests(
            "1 functions/web/src/lib.rs\n3 domain/src/lib.rs\n5 Cargo.lock\n6 domain/tests/it/main.rs",
        );
        assert_ne!(locked, digests("1 functions/web/src/lib.rs\n3 domain/src/lib.rs\n6 Cargo.lock").0);
    }
}
