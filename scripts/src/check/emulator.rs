//! The same function binaries under a Lambda emulator that somebody else wrote: cargo-lambda's.

use super::{Outcome, cargo, in_pipeline, passed, pypi::Tool};
use crate::project::Project;

const CARGO_LAMBDA: Tool = Tool { program: "cargo-lambda", package: "cargo-lambda==1.9.2" };

pub(super) fn functions(project: &Project) -> Result<Outcome, String> {
    let program = match CARGO_LAMBDA.ensure(project) {
        Ok(program) => program,
        Err(why) if in_pipeline() => return Err(why),
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let mut tests = cargo(project);
    tests.args(["test", "--quiet", "--workspace", "--test", "it", "lambda_emulator::"]);
    passed(tests.env("VELOX_CARGO_LAMBDA", program))
}
