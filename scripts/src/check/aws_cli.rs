//! The AWS CLI against our AWS services: what a developer types at a terminal, and a client that we did not choose.

use std::path::PathBuf;

use super::{
    Outcome, cargo, in_pipeline,
    moto::{MOTO, Server},
    passed,
    pypi::Tool,
};
use crate::project::Project;

pub(super) const AWS_CLI: Tool = Tool { program: "aws", package: "awscli==1.45.11" };

pub(super) fn walks(project: &Project) -> Result<Outcome, String> {
    let program = match AWS_CLI.ensure(project) {
        Ok(program) => program,
        Err(why) if in_pipeline() => return Err(why),
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let mut tests = cargo(project);
    tests.args(["test", "--quiet", "--workspace", "--test", "it", "aws_cli::"]);
    passed(tests.env("VELOX_AWS_CLI", program))
}

/// The calls of `cargo velox pipeline`, `rollback` and `secret` by the real AWS CLI, answered by moto.
pub(super) fn deploys(project: &Project) -> Result<Outcome, String> {
    let tools =
        || -> Result<(PathBuf, PathBuf), String> { Ok((AWS_CLI.ensure(project)?, MOTO.ensure(project)?)) };
    let (program, moto) = match tools() {
        Ok(tools) => tools,
        Err(why) if in_pipeline() => return Err(why),
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let (_server, port) = Server::start(project, &moto)?;
    let mut tests = cargo(project);
    tests.args(["test", "--quiet", "--workspace", "--test", "it", "on_moto::"]);
    tests.env("VELOX_AWS_CLI", program).env("VELOX_MOTO_URL", format!("http://127.0.0.1:{port}"));
    passed(&mut tests)
}
