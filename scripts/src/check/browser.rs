//! The journeys drive a real Chromium, and pages are checked with axe-core, which npm fetches: both have to be on
//! this machine before the tests start.

use super::{Outcome, apt};
use crate::{project::Project, run::on_path};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

pub(super) fn ensure(project: &Project) -> Result<Outcome, String> {
    if on_path(&["npm"]).is_none() {
        apt::install(project, "The check of every page with axe-core needs npm, which fetches it", &["npm"])?;
    }
    if installed() {
        return Ok(Outcome::Passed);
    }
    let purpose = "The journeys need Chromium and chromedriver on the PATH";
    apt::install(project, purpose, &["chromium", "chromium-driver"])?;
    if installed() {
        Ok(Outcome::Passed)
    } else {
        Err("Chromium is installed and not on the PATH".to_owned())
    }
}

fn installed() -> bool {
    on_path(&BROWSERS).is_some() && on_path(&["chromedriver"]).is_some()
}
