//! The same function binaries under tools that somebody else wrote: cargo-lambda's emulator, and its build for AWS.

use std::{fs, path::PathBuf};

use super::{Outcome, cargo, in_pipeline, passed, pypi::Tool};
use crate::{project::Project, run::run as run_program};

const CARGO_LAMBDA: Tool = Tool { program: "cargo-lambda", package: "cargo-lambda==1.9.2" };

/// Functions answer under the emulator.
pub(super) fn emulator(project: &Project) -> Result<Outcome, String> {
    with_tool(project, |program| {
        let mut tests = cargo(project);
        tests.args(["test", "--quiet", "--workspace", "--test", "it", "lambda_emulator::"]);
        passed(tests.env("VELOX_CARGO_LAMBDA", program))
    })
}

/// `cargo lambda build` makes the archive that AWS Lambda takes: a zip with an executable named `bootstrap`.
pub(super) fn archive(project: &Project) -> Result<Outcome, String> {
    with_tool(project, |program| {
        let (function, folder) = ("api-list-customers", project.executables("lambda"));
        let mut build = project.command(program);
        build.args(["lambda", "build", "--workspace", "--bin", function]);
        build.args(["--compiler", "cargo", "--output-format", "zip", "--lambda-dir"]).arg(&folder);
        run_program(&mut build)?;
        let archive = folder.join(function).join("bootstrap.zip");
        let bytes = fs::read(&archive).map_err(|error| format!("{}: {error}", archive.display()))?;
        // The central directory ends a zip and lists its names (APPNOTE.TXT, 4.3.6).
        let directory = &bytes[bytes.len().saturating_sub(200)..];
        let has_bootstrap = directory.windows(9).any(|name| name == b"bootstrap");
        if has_bootstrap { Ok(Outcome::Passed) } else { Err("the archive holds no `bootstrap`".to_owned()) }
    })
}

fn with_tool(
    project: &Project,
    work: impl FnOnce(PathBuf) -> Result<Outcome, String>,
) -> Result<Outcome, String> {
    match CARGO_LAMBDA.ensure(project) {
        Ok(program) => work(program),
        Err(why) if in_pipeline() => Err(why),
        Err(why) => Ok(Outcome::Skipped(why)),
    }
}
