//! Terraform: written as its own formatter writes it, valid, with its own tests passed, and looked through by checkov.

pub(super) mod apply;
mod checkov;
mod releases;
mod tool;
mod world;

use std::{fs, path::Path, thread};

use super::{Outcome, in_pipeline};
use crate::{project::Project, run::run};

pub(super) use checkov::advice;
use tool::Terraform;

/// The folders that are applied, below `terraform/`.
const ROOTS: [&str; 5] = ["bootstrap", "envs/nonprod-network", "envs/dev", "envs/staging", "envs/prod"];
/// The folder with the tests of modules.
const TESTS: &str = "tests";

pub(super) fn format(project: &Project) -> Result<Outcome, String> {
    with_terraform(project, |terraform| {
        let mut fmt = terraform.command(project, &project.path("terraform"));
        run(fmt.args(["fmt", "-check", "-diff", "-recursive"]))
    })
}

/// Each root by itself, at the same time: most of it is waiting for the provider to start.
pub(super) fn validate(project: &Project) -> Result<Outcome, String> {
    with_terraform(project, |terraform| {
        thread::scope(|scope| {
            let roots = ROOTS.map(|root| scope.spawn(move || valid(project, terraform, root)));
            roots.into_iter().try_for_each(|root| root.join().expect("it does not panic"))
        })
    })
}

fn valid(project: &Project, terraform: &Terraform, root: &str) -> Result<(), String> {
    let folder = project.path("terraform").join(root);
    terraform.initialize(project, &folder)?;
    let mut validate = terraform.command(project, &folder);
    quietly(validate.arg("validate"), &format!("terraform validate in {root}"))
}

/// `terraform test`: the provider is mocked, so that nothing is asked for and every attribute can be.
pub(super) fn tests(project: &Project) -> Result<Outcome, String> {
    with_terraform(project, |terraform| {
        let folder = project.path("terraform").join(TESTS);
        terraform.initialize(project, &folder)?;
        run(terraform.command(project, &folder).arg("test"))
    })
}

fn with_terraform(
    project: &Project,
    work: impl FnOnce(&Terraform) -> Result<(), String>,
) -> Result<Outcome, String> {
    match Terraform::find(project) {
        Ok(terraform) => work(&terraform).map(|()| Outcome::Passed),
        Err(why) if in_pipeline() => Err(why),
        Err(why) => Ok(Outcome::Skipped(why)),
    }
}

/// Runs a program whose output interests nobody but when it fails.
fn quietly(command: &mut std::process::Command, what: &str) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{what}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{what} ({}):\n{}{}", output.status, tail(&out), tail(&err)))
}

/// The last lines: an apply has thousands.
fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n") + "\n"
}

/// Copies a folder without what Terraform has put there.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (name, path) = (entry.file_name(), entry.path());
        if path.is_dir() && name != ".terraform" {
            copy(&path, &to.join(name))?;
        } else if path.is_file() && !name.to_string_lossy().contains(".tfstate") {
            fs::copy(&path, to.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}
