//! The images that `cargo velox image` has made, taken to a registry by the pipeline's own steps and read there by
//! skopeo: what is deployed is what was built.

use std::process::Command;

use catalog::{Head, names};
use serde_json::Value;

use super::{Outcome, beside::ourselves, in_pipeline, registry::Registry};
use crate::{image, project::Project};

pub(super) fn work(project: &Project) -> Result<Outcome, String> {
    // The pipeline itself refuses them.
    if !said(project.command("git").args(["status", "--porcelain"]))?.is_empty() {
        return Ok(Outcome::Skipped("there are changes that are in no commit".to_owned()));
    }
    let registry = match Registry::start(project) {
        Ok(registry) => registry,
        Err(why) if in_pipeline() => return Err(why),
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let first = deliver(project, &registry)?;
    expect(first.contains("4 built, 0 in the registry"), &first)?;
    let commit = said(project.command("git").args(["rev-parse", "HEAD"]))?;
    for head in Head::ALL {
        let told = inspect(project, &registry, head, &commit)?;
        let built = image::digest(project, head.name())?;
        let digest = &told["Digest"];
        if *digest != built {
            return Err(format!("the registry holds {digest} of {}, and {built} was built", head.name()));
        }
        let revision = &told["Labels"]["org.opencontainers.image.revision"];
        if *revision != commit {
            return Err(format!("the image of {} says that it is of {revision}, not {commit}", head.name()));
        }
        println!("{:<6} {built} in the registry, of {commit}", head.name());
    }
    // Whatever the commit, the same sources need no other image.
    let second = deliver(project, &registry)?;
    expect(second.contains("0 built, 4 in the registry"), &second)?;
    println!("a second time nothing is built and nothing pushed");
    Ok(Outcome::Passed)
}

/// Builds what the registry lacks, as quickly as the step before has done it, and pushes.
fn deliver(project: &Project, registry: &Registry) -> Result<String, String> {
    let mut pipeline = project.command(ourselves()?);
    pipeline.args(["pipeline", "dev", "--only", "build", "--only", "push", "--quick-images"]);
    said(pipeline.args(["--registry", &registry.address]))
}

/// What a stranger with skopeo is told of the commit's image.
fn inspect(project: &Project, registry: &Registry, head: Head, commit: &str) -> Result<Value, String> {
    let reference = format!("docker://{}/{}/{}:{commit}", registry.address, names::PREFIX, head.name());
    let text = said(project.command("skopeo").args(["inspect", "--tls-verify=false", &reference]))?;
    serde_json::from_str(&text).map_err(|error| format!("skopeo inspect {reference}: {error}"))
}

fn said(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    let (text, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(text.trim_end().to_owned());
    }
    Err(format!("{name} ({}):\n{text}{complaint}", output.status))
}

fn expect(holds: bool, said: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("the pipeline did something else:\n{said}")) }
}
