//! Images into a real registry by the real skopeo: Debian's docker-registry on loopback.

use super::{Outcome, apt, cargo, in_pipeline, passed};
use crate::{project::Project, run::on_path};

const PROGRAMS: [&str; 2] = ["skopeo", "docker-registry"];

pub(super) fn images(project: &Project) -> Result<Outcome, String> {
    if let Err(why) = ensure(project) {
        return if in_pipeline() { Err(why) } else { Ok(Outcome::Skipped(why)) };
    }
    let Some(registry) = on_path(&["docker-registry"]) else {
        return Err("docker-registry is installed and not on the PATH".to_owned());
    };
    let mut tests = cargo(project);
    tests.args(["test", "--quiet", "--workspace", "--test", "it", "registry::"]);
    passed(tests.env("VELOX_DOCKER_REGISTRY", registry))
}

fn ensure(project: &Project) -> Result<(), String> {
    if PROGRAMS.iter().all(|program| on_path(&[program]).is_some()) {
        return Ok(());
    }
    apt::install(project, "Pushing images is tried with skopeo and docker-registry", &PROGRAMS)
}
