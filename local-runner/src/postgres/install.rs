//! Installs the machine's own PostgreSQL package where nobody has to be asked: as root, with `apt-get`.

use std::{path::Path, process::Stdio};

use tokio::process::Command;

/// Whether the package was installed. Elsewhere than as root on Debian and its kin, nothing is tried.
pub(super) async fn by_package_manager() -> bool {
    let allowed = rustix::process::geteuid().is_root() && Path::new("/usr/bin/apt-get").exists();
    allowed
        && (apt_get(&["install", "-y", "--no-install-recommends", "postgresql"]).await
            || after_update().await)
}

/// A fresh container has no package lists.
async fn after_update() -> bool {
    apt_get(&["update"]).await && apt_get(&["install", "-y", "--no-install-recommends", "postgresql"]).await
}

async fn apt_get(arguments: &[&str]) -> bool {
    tracing::info!("apt-get {}", arguments.join(" "));
    let mut command = Command::new("apt-get");
    command.arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    command.status().await.is_ok_and(|status| status.success())
}
