//! The AWS CLI against our AWS services: what a developer types at a terminal, and a client that we did not choose.

use super::{Outcome, cargo, in_pipeline, passed, pypi::Tool};
use crate::project::Project;

const AWS_CLI: Tool = Tool { program: "aws", package: "awscli==1.45.11" };

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
