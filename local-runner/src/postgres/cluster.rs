//! The data directory of the private cluster: where it is, whose it is, and its first creation.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use adapter::launcher;
use rustix::process::Signal;
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::{OWNER, PostgresError, Settings, account::Account, binaries::Binaries, passwords::Passwords};

/// A data directory that a server can be started on.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) binaries: Binaries,
    pub(super) account: Option<Account>,
    pub(super) data: PathBuf,
}

impl Cluster {
    /// Creates the cluster at the first call.
    pub(super) async fn prepare(
        binaries: Binaries,
        settings: &Settings,
        passwords: &Passwords,
    ) -> Result<Self, PostgresError> {
        let account = Account::choose();
        let folder = folder(&settings.state_dir, account);
        let cluster = Self { binaries, account, data: folder.join("data") };
        if !cluster.data.join("PG_VERSION").exists() {
            cluster.create(&folder, settings.durable, passwords).await?;
        }
        Ok(cluster)
    }

    /// Into a folder beside, renamed when complete: an interrupted `initdb` leaves no half cluster.
    async fn create(&self, folder: &Path, durable: bool, passwords: &Passwords) -> Result<(), PostgresError> {
        let building = folder.join("building");
        let password_file = folder.join("owner-password");
        self.claim(folder).map_err(PostgresError::io(format!("creating {}", folder.display())))?;
        let _ = fs::remove_dir_all(&building);
        self.write_password(&password_file, &passwords.owner)
            .map_err(PostgresError::io(format!("writing {}", password_file.display())))?;
        // ICU sorts names as people expect in every language; servers built without it use the C library.
        let icu = ["--locale-provider=icu", "--icu-locale=und", "--locale=C"];
        let mut output = self.initdb(&building, &password_file, durable, &icu).await?;
        if !output.status.success() {
            let _ = fs::remove_dir_all(&building);
            output = self.initdb(&building, &password_file, durable, &["--locale=C.UTF-8"]).await?;
        }
        let _ = fs::remove_file(&password_file);
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(PostgresError::Program { program: "initdb", status: output.status, output: text });
        }
        fs::rename(&building, &self.data)
            .map_err(PostgresError::io(format!("renaming {}", building.display())))
    }

    async fn initdb(
        &self,
        data: &Path,
        password_file: &Path,
        durable: bool,
        locale: &[&str],
    ) -> Result<Output, PostgresError> {
        let mut command = self.command("initdb");
        command.arg("--pgdata").arg(data).arg("--pwfile").arg(password_file);
        command.args(["--username", OWNER, "--auth=scram-sha-256", "--encoding=UTF8"]).args(locale);
        if !durable {
            command.arg("--no-sync");
        }
        command.current_dir("/").env("LC_ALL", "C").env("TZ", "UTC");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = launcher::spawn(command).await.map_err(PostgresError::io("starting initdb"))?;
        child.wait_with_output().await.map_err(PostgresError::io("waiting for initdb"))
    }

    /// A server program as the cluster's account. The signal asks for a fast shutdown, also when the kernel
    /// sends it because we were killed.
    pub(super) fn command(&self, program: &str) -> Command {
        let launch = launcher::command(self.binaries.program(program)).death_signal(Signal::INT.as_raw());
        match self.account {
            Some(Account { uid, gid }) => launch.uid(uid).gid(gid).build(),
            None => launch.build(),
        }
    }

    /// The folder exists and belongs to the cluster's account.
    fn claim(&self, folder: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        self.give(folder)
    }

    fn write_password(&self, path: &Path, password: &str) -> std::io::Result<()> {
        let _ = fs::remove_file(path);
        let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
        writeln!(file, "{password}")?;
        self.give(path)
    }

    fn give(&self, path: &Path) -> std::io::Result<()> {
        self.account.map_or(Ok(()), |account| chown(path, Some(account.uid), Some(account.gid)))
    }
}

/// `postgres/` in the runner's folder; below `/var/lib` when the account cannot get there (a checkout in
/// root's home).
pub(super) fn folder(state_dir: &Path, account: Option<Account>) -> PathBuf {
    match account {
        Some(account) if !account.reaches(state_dir) => {
            let digest = Sha256::digest(state_dir.as_os_str().as_encoded_bytes());
            let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            PathBuf::from(format!("/var/lib/velox-{hash}"))
        }
        _ => state_dir.join("postgres"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn without_another_account_the_cluster_is_in_the_runners_folder() {
        assert_eq!(folder(Path::new("/p/.velox"), None), Path::new("/p/.velox/postgres"));
    }

    #[test]
    fn a_folder_that_the_account_cannot_reach_is_left_for_var_lib() {
        let Some(account) = Account::choose() else { return };
        let scratch = Scratch::new("reach");
        let inner = scratch.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(folder(&inner, Some(account)), inner.join("postgres"));
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(folder(&inner, Some(account)).starts_with("/var/lib"));
    }
}
