//! Tells of changed source files, in bursts as editors write them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::mpsc, time::timeout};

use crate::changes::Changes;

/// Folders whose sources end up in functions.
const WATCHED: [&str; 2] = ["domain", "functions"];
/// Silence after which a burst of changes is taken to be over.
const BURST: Duration = Duration::from_millis(50);
/// File systems take their times from a clock that is behind by a few milliseconds.
const COARSE: Duration = Duration::from_millis(20);

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watch {
    project: PathBuf,
    sender: mpsc::UnboundedSender<PathBuf>,
    paths: mpsc::UnboundedReceiver<PathBuf>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches the sources of a checkout.
    ///
    /// # Errors
    /// When the system has no watches left (Linux: `fs.inotify.max_user_watches`).
    pub fn start(project: &Path) -> notify::Result<Self> {
        let project = project.canonicalize()?;
        let (sender, paths) = mpsc::unbounded_channel();
        let told = sender.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)) {
                for path in event.paths {
                    // Closed when the runner stops.
                    let _ = told.send(path);
                }
            }
        })?;
        for folder in WATCHED {
            watcher.watch(&project.join(folder), RecursiveMode::Recursive)?;
        }
        Ok(Self { project, sender, paths, _watcher: watcher })
    }

    /// Tells of what changed between a time and its own start as well, as if it did now; returns what that means.
    #[must_use]
    pub fn recall(&mut self, since: SystemTime) -> Changes {
        let (mut changes, mut folders) =
            (Changes::default(), WATCHED.map(|name| self.project.join(name)).to_vec());
        while let Some(folder) = folders.pop() {
            // What has gone meanwhile is told by the watch.
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let (path, Ok(found)) = (entry.path(), entry.metadata()) else { continue };
                if found.is_dir() {
                    folders.push(path);
                } else if found.modified().is_ok_and(|at| at + COARSE > since)
                    && changes.add(self.relative(&path))
                {
                    // The receiver is our own.
                    let _ = self.sender.send(path);
                }
            }
        }
        changes
    }

    /// Waits for a change that matters and for the end of its burst, and adds it to `changes`. May be
    /// dropped while waiting: what was seen until then is in `changes`. `seen` is told at once, before
    /// the burst is over.
    pub async fn next(&mut self, changes: &mut Changes, seen: impl Fn(&Changes)) {
        loop {
            match self.paths.recv().await {
                Some(path) if changes.add(self.relative(&path)) => break,
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
        seen(changes);
        while let Ok(Some(path)) = timeout(BURST, self.paths.recv()).await {
            if changes.add(self.relative(&path)) {
                seen(changes);
            }
        }
    }

    fn relative<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(&self.project).unwrap_or(path)
    }
}
