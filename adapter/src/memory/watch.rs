//! Memory limits where the kernel will not enforce them: one task looks at all process groups.

use std::{
    collections::HashMap,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

/// Between two looks. What leaks 1 GiB a second is found 256 MiB too late.
const INTERVAL: Duration = Duration::from_millis(250);
/// How many looks at a function's process there are for one at what that has started.
const DESCENDANTS_EVERY: u64 = 4;

/// Looks while there is something to look at.
#[derive(Default)]
pub(super) struct Watch {
    watched: Arc<Mutex<Watched>>,
}

#[derive(Default)]
struct Watched {
    /// By process group.
    limits: HashMap<u32, (u64, oneshot::Sender<u64>)>,
    is_running: bool,
}

/// Tells when one process group is over its limit. Dropping it ends the watch over that group.
pub(crate) struct Alarm {
    group: u32,
    limit: u64,
    raised: oneshot::Receiver<u64>,
    watched: Arc<Mutex<Watched>>,
}

impl Watch {
    pub(super) fn limit(&self, group: u32, limit: u64) -> Alarm {
        let (raise, raised) = oneshot::channel();
        let mut watched = lock(&self.watched);
        watched.limits.insert(group, (limit, raise));
        if !watched.is_running {
            watched.is_running = true;
            tokio::spawn(look(Arc::clone(&self.watched)));
        }
        Alarm { group, limit, raised, watched: Arc::clone(&self.watched) }
    }
}

impl Alarm {
    /// What is used and what was allowed, both in bytes.
    pub(super) async fn raised(&mut self) -> (u64, u64) {
        match (&mut self.raised).await {
            Ok(used) => (used, self.limit),
            Err(_) => pending().await,
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        lock(&self.watched).limits.remove(&self.group);
    }
}

async fn look(watched: Arc<Mutex<Watched>>) {
    for round in 1_u64.. {
        tokio::time::sleep(INTERVAL).await;
        let mut watched = lock(&watched);
        if watched.limits.is_empty() {
            watched.is_running = false;
            return;
        }
        for (group, used) in used_by_group(&watched.limits, round.is_multiple_of(DESCENDANTS_EVERY)) {
            if watched.limits.get(&group).is_some_and(|(limit, _)| used > *limit)
                && let Some((_, raise)) = watched.limits.remove(&group)
            {
                let _ = raise.send(used);
            }
        }
    }
}

/// Bytes by process group. Its leader is found by its number; others only by a pass over the process table,
/// which is long on a developer's machine.
fn used_by_group<T>(groups: &HashMap<u32, T>, with_descendants: bool) -> HashMap<u32, u64> {
    let mut used: HashMap<u32, u64> = groups.keys().map(|group| (*group, private_memory(*group))).collect();
    if with_descendants {
        for pid in processes() {
            if let Some(group) = group_of(pid).filter(|group| *group != pid)
                && let Some(used) = used.get_mut(&group)
            {
                *used += private_memory(pid);
            }
        }
    }
    used
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()))
}

fn group_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold anything; state, parent and group follow.
    stat.rsplit_once(") ")?.1.split(' ').nth(2)?.parse().ok()
}

/// Resident bytes that are no pages of files: those are shared by all processes of an executable, and the
/// kernel takes them back when it needs them. 0 for a process that has ended.
fn private_memory(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let of = |field| text.lines().find_map(|line| line.strip_prefix(field));
    // Kernels that do not tell the parts apart tell the whole.
    let kibibytes = of("RssAnon:").or_else(|| of("VmRSS:")).unwrap_or_default();
    kibibytes.trim().trim_end_matches("kB").trim_end().parse().unwrap_or(0) * 1024
}

/// No code that can panic runs under the lock.
fn lock(watched: &Mutex<Watched>) -> MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_group_is_that_of_its_members() {
        let group = group_of(std::process::id()).unwrap();
        let ballast = std::hint::black_box(vec![1_u8; 32 * 1024 * 1024]);
        let used = used_by_group(&HashMap::from([(group, ())]), true)[&group];
        assert!(used > ballast.len() as u64, "{used}");
        assert!(used_by_group(&HashMap::<u32, ()>::new(), true).is_empty());
    }
}
