//! Debian packages: installed without asking as root or in a pipeline, else named in one line.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use super::in_pipeline;
use crate::{project::Project, run::run};

/// Installs packages; the error says why it was not done and what to type.
pub(super) fn install(project: &Project, purpose: &str, packages: &[&str]) -> Result<(), String> {
    let is_root = is_root();
    if !Path::new("/usr/bin/apt-get").exists() || !(is_root || in_pipeline()) {
        let packages = packages.join(" ");
        return Err(format!("{purpose}: install it (Debian, Ubuntu: `sudo apt-get install {packages}`)"));
    }
    let apt_get = |arguments: &[&str]| {
        let mut command = project.command(if is_root { "apt-get" } else { "sudo" });
        if !is_root {
            command.args(["--non-interactive", "apt-get"]);
        }
        run(command.arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let wanted = [&["install", "-y"], packages].concat();
    // A fresh container has no package lists.
    apt_get(&wanted).or_else(|_| apt_get(&["update"]).and_then(|()| apt_get(&wanted)))
}

pub(super) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0)
}
