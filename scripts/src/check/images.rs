//! The images of all services: built, looked through for traces of this machine, read by a tool of the trade, started, asked.

use catalog::Head;

use super::{Outcome, apt, in_pipeline, passed, under_postgres};
use crate::{
    image::{self, How},
    project::Project,
    run::{on_path, run as run_program},
};

pub(super) fn work(project: &Project) -> Result<Outcome, String> {
    let images = image::build(project, &Head::ALL, &How::quick())?;
    for image in &images {
        let traces = image.traces(project)?;
        if !traces.is_empty() {
            let traces = traces.join("\n");
            return Err(format!("{} would be another image in another folder:\n{traces}", image.service));
        }
    }
    if let Err(why) = skopeo(project) {
        return if in_pipeline() { Err(why) } else { Ok(Outcome::Skipped(why)) };
    }
    for image in &images {
        let mut inspect = project.command("skopeo");
        run_program(inspect.args(["inspect", "--raw"]).arg(format!("oci:{}", image.folder.display())))?;
        println!();
    }
    let Some(image) = images.first() else { return Ok(Outcome::Passed) };
    if !apt::is_root() {
        return Ok(Outcome::Skipped("built; only root can start them (`unshare`, `chroot`)".to_owned()));
    }
    let mut tests = under_postgres(project);
    tests.args(["cargo", "test", "--quiet", "--workspace", "--test", "it", "images::"]);
    passed(tests.env("VELOX_IMAGES", image.folder.parent().unwrap_or(&image.folder)))
}

/// Reads and copies images.
fn skopeo(project: &Project) -> Result<(), String> {
    match on_path(&["skopeo"]) {
        Some(_) => Ok(()),
        None => apt::install(project, "images are read by skopeo", &["skopeo"]),
    }
}
