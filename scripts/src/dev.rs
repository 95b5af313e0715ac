//! `cargo velox dev`: builds what the local runner needs, then becomes the local runner.

use std::{ffi::OsString, os::unix::process::CommandExt, process::ExitCode};

use catalog::Head;
use clap::Args;

use crate::{project::Project, run::run as run_program};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Optimized: slow to build, quick to run.
    #[arg(long)]
    release: bool,
    /// For the local runner, as `--chaos 'sqs:duplicate@10%' --chaos-seed 7`; `--help` after `--` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    build(project, arguments.release)?;
    let profile = if arguments.release { "release" } else { "debug" };
    let runner = project.executables(profile).join("local-runner");
    let passed = arguments.arguments.iter().filter(|argument| *argument != "--");
    let mut command = project.command(&runner);
    let error = command.arg("--no-build").arg("--project").arg(project.path("")).args(passed).exec();
    Err(format!("{}: {error}", runner.display()))
}

/// One selection of packages for everything that is built while developing: with another, cargo would choose
/// other features for the dependencies and build them twice. The local runner builds with the same.
pub(crate) fn build(project: &Project, release: bool) -> Result<(), String> {
    let mut cargo = project.cargo();
    cargo.args(["build", "--workspace", "--bin", "local-runner"]);
    for head in Head::ALL {
        cargo.args(["--bin", head.name()]);
    }
    if release {
        cargo.args(["--profile", "release"]);
    }
    run_program(&mut cargo)
}

/// The local runner alone, with the same selection.
pub(crate) fn build_runner(project: &Project) -> Result<(), String> {
    run_program(project.cargo().args(["build", "--quiet", "--workspace", "--bin", "local-runner"]))
}
