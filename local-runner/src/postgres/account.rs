//! The system account that PostgreSQL runs under: it refuses to run as root.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// User and group ids of an account without privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// The account to change to: none when we are not root, else `postgres`, else `nobody`.
    pub(super) fn choose() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        ["postgres", "nobody"].into_iter().find_map(Self::named)
    }

    /// `id` knows accounts from every source that the machine is configured for, not from a file alone.
    fn named(name: &str) -> Option<Self> {
        Some(Self { uid: id("-u", name)?, gid: id("-g", name)? })
    }

    /// Whether the account may pass through all folders above `folder` and the folder itself.
    pub(super) fn reaches(self, folder: &Path) -> bool {
        use std::os::unix::process::CommandExt;
        let mut test = Command::new("test");
        test.arg("-x").arg(folder).current_dir("/").uid(self.uid).gid(self.gid);
        test.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

fn id(flag: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([flag, name]).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
