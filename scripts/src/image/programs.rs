//! The programs of images: statically linked, for the processor that is asked for, with no path of the machine that
//! builds them in them.

use std::{env, path::PathBuf};

use catalog::Head;

use crate::{project::Project, run::run};

/// Cargo's profile for what goes into images.
const PROFILE: &str = "image";

/// A processor, by the names that Cargo and container engines have for it.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Architecture {
    Amd64,
    Arm64,
}

impl Architecture {
    /// That of this machine.
    pub(super) fn here() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::Amd64 }
    }

    /// As container engines write it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    const fn target(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }
}

/// Builds the adapter and the bundles of these heads; the folder that they are in afterwards.
pub(super) fn build(
    project: &Project,
    heads: &[Head],
    architecture: Architecture,
) -> Result<PathBuf, String> {
    let target = architecture.target();
    let names = || std::iter::once("adapter").chain(heads.iter().map(|head| head.name()));
    let mut cargo = project.cargo();
    cargo.args(["build", "--locked", "--profile", PROFILE, "--target", target]);
    for name in names() {
        cargo.args(["--package", name]);
    }
    for name in names() {
        cargo.args(["--bin", name]);
    }
    cargo.env("CARGO_INCREMENTAL", "0").env("RUSTFLAGS", flags(project));
    run(&mut cargo)?;
    Ok(project.executables(target).join(PROFILE))
}

/// Panics and errors tell where in the source they come from: as if it lay in `/source` and `/cargo` everywhere.
fn flags(project: &Project) -> String {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo_home = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    format!(
        "-C target-feature=+crt-static --remap-path-prefix={}=/source --remap-path-prefix={}=/cargo",
        project.path("").display().to_string().trim_end_matches('/'),
        cargo_home.display(),
    )
}
