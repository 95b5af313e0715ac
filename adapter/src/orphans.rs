//! Reaps what others have left behind, for an adapter that is the first process of its container.
//!
//! A process whose parent has ended becomes a child of process 1 (or of a subreaper). When it ends itself
//! it stays in the process table until that one asks for its status. The children that the launcher started
//! are not touched: whoever waits for them gets their status.

use std::{
    collections::BTreeSet,
    future::pending,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, WaitId, WaitIdOptions, child_subreaper, waitid};
use tokio::{
    process::Child,
    signal::unix::{SignalKind, signal},
};

/// Children that somebody waits for.
static AWAITED: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// A child's end is told by a signal, of which the kernel keeps one if several come at once.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);

/// Starts a child that is awaited from its first moment on.
pub(crate) fn spawn_awaited(spawn: impl FnOnce() -> io::Result<Child>) -> io::Result<Child> {
    if !are_ours() {
        return spawn();
    }
    // Held while it starts: a child that ends at once must not be taken for an orphan.
    let mut awaited = awaited();
    let child = spawn()?;
    awaited.extend(child.id());
    Ok(child)
}

/// Its status is known, so the number may come to stand for another process.
pub(crate) fn forget(pid: Option<u32>) {
    if let Some(pid) = pid.filter(|_| are_ours()) {
        awaited().remove(&pid);
    }
}

/// Reaps for ever, if this process is the one that orphans come to.
///
/// # Errors
/// If no signals can be received.
pub(crate) async fn reap() -> io::Result<()> {
    if !are_ours() {
        return pending().await;
    }
    let mut child_ended = signal(SignalKind::child())?;
    loop {
        let _ = tokio::time::timeout(AT_LEAST_EVERY, child_ended.recv()).await;
        let awaited = awaited();
        for orphan in ended_children().filter(|pid| !awaited.contains(pid)) {
            if let Some(pid) = Pid::from_raw(orphan.cast_signed()) {
                let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
                tracing::debug!(pid = orphan, "an orphan was reaped");
            }
        }
    }
}

fn are_ours() -> bool {
    std::process::id() == 1 || matches!(child_subreaper(), Ok(Some(_)))
}

/// Our children that have ended and whose status nobody has asked for.
fn ended_children() -> impl Iterator<Item = u32> {
    let own = std::process::id().to_string();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name before it may hold anything.
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        (fields.next() == Some("Z") && fields.next() == Some(&own)).then_some(pid)
    })
}

/// No code that can panic runs under the lock.
fn awaited() -> MutexGuard<'static, BTreeSet<u32>> {
    AWAITED.lock().unwrap_or_else(PoisonError::into_inner)
}
