//! checkov: what many people think an infrastructure should have. Where we do not follow it, a comment says why.

use super::super::{Outcome, in_pipeline, passed, pypi::Tool};
use crate::project::Project;

const CHECKOV: Tool = Tool { program: "checkov", package: "checkov==3.3.30" };

pub(in super::super) fn advice(project: &Project) -> Result<Outcome, String> {
    let program = match CHECKOV.ensure(project) {
        Ok(program) => program,
        Err(why) if in_pipeline() => return Err(why),
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let mut checkov = project.command(program);
    // Nothing is fetched: neither what its maker sells nor modules, which are all here.
    checkov.args(["--skip-download", "--download-external-modules", "false"]);
    checkov.args(["--framework", "terraform", "--directory", "terraform", "--compact", "--quiet"]);
    passed(&mut checkov)
}
