//! The programs of images: statically linked, for the processor that is asked for, with no path of the machine that
//! builds them in them.

use std::{env, path::PathBuf};

use catalog::Head;
use clap::{Args, ValueEnum};

use crate::{project::Project, run::run};

/// Cargo's profile for what goes into images.
const PROFILE: &str = "image";

/// How programs are built.
#[derive(Args, Default)]
pub(crate) struct How {
    /// The processor that they are for; this machine's if left out.
    #[arg(long)]
    architecture: Option<Architecture>,
    /// Optimize little: soon done, but bigger and slower. To try an image, not to deploy it.
    #[arg(long)]
    quick: bool,
}

/// A processor, by the names that container engines have for it.
#[derive(Clone, Copy, ValueEnum)]
enum Architecture {
    Amd64,
    Arm64,
}

impl How {
    /// To try images on this machine.
    pub(crate) fn quick() -> Self {
        Self { quick: true, ..Self::default() }
    }

    fn processor(&self) -> Architecture {
        let here = if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::Amd64 };
        self.architecture.unwrap_or(here)
    }

    /// The processor, as container engines write it.
    pub(super) fn architecture(&self) -> &'static str {
        match self.processor() {
            Architecture::Amd64 => "amd64",
            Architecture::Arm64 => "arm64",
        }
    }

    /// As Cargo writes it.
    fn target(&self) -> &'static str {
        match self.processor() {
            Architecture::Amd64 => "x86_64-unknown-linux-gnu",
            Architecture::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }
}

/// Builds the adapter and the bundles of these heads; the folder that they are in afterwards.
pub(super) fn build(project: &Project, heads: &[Head], how: &How) -> Result<PathBuf, String> {
    let target = how.target();
    let mut cargo = project.cargo();
    cargo.args(["build", "--locked", "--profile", PROFILE, "--target", target]);
    // Cargo gives a dependency the features that the chosen packages ask for together: all are chosen, or a service
    // would be another one when it is built alone.
    for name in with_adapter(&Head::ALL) {
        cargo.args(["--package", name]);
    }
    for name in with_adapter(heads) {
        cargo.args(["--bin", name]);
    }
    cargo.env("CARGO_INCREMENTAL", "0").env("RUSTFLAGS", flags(project));
    // For compilers of C and build scripts that would write down when they ran (reproducible-builds.org).
    cargo.env("SOURCE_DATE_EPOCH", "0");
    if how.quick {
        for (setting, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1")] {
            cargo.env(format!("CARGO_PROFILE_IMAGE_{setting}"), value);
        }
    }
    run(&mut cargo)?;
    Ok(project.executables(target).join(PROFILE))
}

fn with_adapter(heads: &[Head]) -> impl Iterator<Item = &'static str> {
    std::iter::once("adapter").chain(heads.iter().map(|head| head.name()))
}

fn flags(project: &Project) -> String {
    let remapped = remapped(project).map(|(path, name)| format!(" --remap-path-prefix={path}={name}"));
    format!("-C target-feature=+crt-static{}", remapped.concat())
}

/// Folders of this machine, and how programs name them: panics and errors tell where in the source they come from, as
/// if it lay in `/source` and `/cargo` everywhere.
pub(super) fn remapped(project: &Project) -> [(String, &'static str); 2] {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo_home = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let checkout = project.path("").display().to_string();
    [(checkout.trim_end_matches('/').to_owned(), "/source"), (cargo_home.display().to_string(), "/cargo")]
}
