//! The journeys drive a real Chromium: it has to be on this machine before the tests start.

use std::{fs, path::Path};

use super::{Outcome, in_pipeline};
use crate::{
    project::Project,
    run::{on_path, run},
};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

pub(super) fn ensure(project: &Project) -> Result<Outcome, String> {
    if installed() {
        return Ok(Outcome::Passed);
    }
    if !may_install() {
        let what = "Chromium and chromedriver are not on the PATH, and the journeys need them: install them \
                    (Debian, Ubuntu: `sudo apt-get install chromium chromium-driver`)";
        return Err(what.to_owned());
    }
    let apt_get = |arguments: &[&str]| {
        let mut command = project.command("apt-get");
        run(command.arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let install = || apt_get(&["install", "-y", "chromium", "chromium-driver"]);
    // A fresh container has no package lists.
    install().or_else(|_| apt_get(&["update"]).and_then(|()| install()))?;
    if installed() {
        Ok(Outcome::Passed)
    } else {
        Err("Chromium is installed and not on the PATH".to_owned())
    }
}

fn installed() -> bool {
    on_path(&BROWSERS).is_some() && on_path(&["chromedriver"]).is_some()
}

/// As root on Debian and its kin nobody has to be asked; so in a pipeline.
fn may_install() -> bool {
    let root = fs::metadata("/proc/self").is_ok_and(|us| std::os::unix::fs::MetadataExt::uid(&us) == 0);
    (root || in_pipeline()) && Path::new("/usr/bin/apt-get").exists()
}
