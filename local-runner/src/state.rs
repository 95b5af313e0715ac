//! The runner's folder in a checkout: its lock, what it tells other programs, what it remembers.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::console::Demo;

/// The folder, held by this runner alone until it is dropped.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    /// What `runner.json` says goes on to hold.
    is_handed_over: bool,
    // The system frees the lock when the process ends, however it ends.
    _lock: File,
}

/// Why the folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another runner has it.
    #[error("Velox already runs here (process {pid}{url}): stop it with Ctrl-C in its terminal")]
    Held {
        /// Its process.
        pid: String,
        /// Where its app is, with a comma in front.
        url: String,
    },
    /// The folder cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What `runner.json` says while a runner is ready.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Running {
    /// The runner's process.
    pub pid: u32,
    /// Where its services are.
    pub urls: Urls,
    /// On which ports.
    pub ports: Ports,
    /// Connection strings by role.
    pub database: DatabaseUrls,
    /// How to use the demo organization.
    pub demo: Option<Demo>,
}

/// Base URLs without a slash at the end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Urls {
    /// Customers' pages.
    pub app: String,
    /// API clients.
    pub api: String,
    /// Staff.
    pub admin: String,
    /// SQS, DynamoDB, S3 and Lambda's Invoke.
    pub aws: String,
    /// What everything does, as pages.
    pub dashboard: String,
    /// Mail: `smtp://host:port`.
    pub smtp: String,
}

/// TCP ports on 127.0.0.1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ports {
    /// All hosts.
    pub http: u16,
    /// AWS.
    pub aws: u16,
    /// The private cluster; none when the developer runs the database.
    pub postgres: Option<u16>,
    /// The dashboard.
    pub dashboard: u16,
    /// Mail.
    pub smtp: u16,
}

/// Connection strings by role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DatabaseUrls {
    /// Owns the schema.
    pub owner: String,
    /// Sees one tenant at a time.
    pub app: String,
    /// Works across tenants.
    pub operator: String,
}

const RUNNING: &str = "runner.json";
const DEMO: &str = "demo.json";

impl StateDir {
    /// Creates and locks it.
    ///
    /// # Errors
    /// When another runner holds it, or it cannot be written.
    pub fn take(path: &Path) -> Result<Self, StateError> {
        let failed = |source| StateError::Io { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        let lock = Self::lock(&path)?;
        let state = Self { path, is_handed_over: false, _lock: lock };
        // Left by a runner that was killed. What an earlier build of this very process left holds again soon.
        if running(&state.path).is_none_or(|running| running.pid != process::id()) {
            let _ = fs::remove_file(state.path.join(RUNNING));
        }
        Ok(state)
    }

    fn lock(path: &Path) -> Result<File, StateError> {
        let failed = |source| StateError::Io { path: path.join("runner.lock"), source };
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path.join("runner.lock"))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
                write!(file, "{}", process::id()).map_err(failed)?;
                Ok(file)
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                let running: Option<Running> = read(&path.join(RUNNING));
                let url = running.map(|running| format!(", {}", running.urls.app)).unwrap_or_default();
                Err(StateError::Held { pid, url })
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// This process is about to become a newer build of itself: whoever looks for it may go on.
    pub fn hand_over(&mut self) {
        self.is_handed_over = true;
    }

    /// Where it is, without links and dots.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells other programs that the runner is ready.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn announce(&self, running: &Running) -> io::Result<()> {
        write_private(&self.path.join(RUNNING), running)
    }

    /// The demo organization, with the API key that an earlier start was told.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn remember_demo(&self, mut demo: Demo) -> io::Result<Demo> {
        let path = self.path.join(DEMO);
        if demo.api_key.is_none() {
            demo.api_key = read::<Demo>(&path).and_then(|kept| kept.api_key);
        }
        write_private(&path, &demo)?;
        Ok(demo)
    }
}

impl Drop for StateDir {
    fn drop(&mut self) {
        if !self.is_handed_over {
            let _ = fs::remove_file(self.path.join(RUNNING));
        }
    }
}

/// What the runner that is ready in a folder says about itself.
#[must_use]
pub fn running(folder: &Path) -> Option<Running> {
    read(&folder.join(RUNNING))
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Complete at once (renamed into place) and readable by its owner alone: it holds credentials.
fn write_private(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let next = path.with_extension("next");
    let _ = fs::remove_file(&next);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&next)?;
    file.write_all(&serde_json::to_vec_pretty(value)?)?;
    fs::rename(next, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_second_runner_in_the_same_checkout_is_told_who_runs_there() {
        let scratch = Scratch::new("lock");
        let first = StateDir::take(scratch.path()).unwrap();
        let message = StateDir::take(scratch.path()).unwrap_err().to_string();
        assert!(message.contains(&format!("already runs here (process {}", process::id())), "{message}");
        drop(first);
        assert!(StateDir::take(scratch.path()).is_ok());
    }

    #[test]
    fn the_api_key_is_told_once_and_remembered() {
        let scratch = Scratch::new("demo");
        let state = StateDir::take(scratch.path()).unwrap();
        let demo = |api_key: Option<&str>| Demo {
            organization: "Demo".into(),
            email: "demo@velox.example".into(),
            password: "p".into(),
            api_key: api_key.map(str::to_owned),
        };
        state.remember_demo(demo(Some("k1"))).unwrap();
        assert_eq!(state.remember_demo(demo(None)).unwrap().api_key.as_deref(), Some("k1"));
        assert_eq!(state.remember_demo(demo(Some("k2"))).unwrap().api_key.as_deref(), Some("k2"));
    }
}
