//! Holds function processes to their memory limit, which is `memory_mib` of the manifest.
//!
//! Where the adapter may, each process gets a cgroup of its own and the kernel enforces the limit. Elsewhere,
//! as in most containers, where the cgroup file system is read-only, the adapter looks a few times a second
//! how much each process group uses and kills what is over.

mod cgroup;
mod watch;

use cgroup::{Cgroup, Cgroups};
use watch::{Alarm, Watch};

pub(crate) const MIB: u64 = 1024 * 1024;

/// How the memory limits of the manifest are enforced.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MemoryControl {
    /// By looking. The hosting program's own cgroup stays as it is.
    #[default]
    Watch,
    /// By a cgroup (version 2) for each process where that is allowed, else by looking. The hosting program
    /// moves itself into a child of its cgroup, as the kernel wants it.
    CgroupOrWatch,
}

/// What all processes of an adapter share.
pub(crate) struct Memory {
    cgroups: Option<Cgroups>,
    watch: Watch,
}

/// The limit of one process, for as long as it is held.
pub(crate) enum Limit {
    /// It was not asked for.
    None,
    /// The kernel kills.
    Kernel(Cgroup),
    /// The adapter looks.
    Watched(Alarm),
}

impl Memory {
    pub(crate) fn new(control: MemoryControl) -> Self {
        let cgroups = match control {
            MemoryControl::Watch => None,
            MemoryControl::CgroupOrWatch => Cgroups::take_over(),
        };
        Self { cgroups, watch: Watch::default() }
    }

    /// Holds the process group of `pid` to so much. Must run within a tokio runtime.
    pub(crate) fn limit(&self, pid: u32, function: &str, mib: u32) -> Limit {
        let bytes = u64::from(mib) * MIB;
        let by_kernel = self.cgroups.as_ref().and_then(|cgroups| cgroups.limit(pid, function, bytes));
        match by_kernel {
            Some(cgroup) => Limit::Kernel(cgroup),
            None => Limit::Watched(self.watch.limit(pid, bytes)),
        }
    }
}

impl Limit {
    /// Resolves if the process has to be killed for what it uses, with what the log shall say.
    pub(crate) async fn exceeded(&mut self) -> String {
        match self {
            Self::Watched(alarm) => {
                let (used, limit) = alarm.raised().await;
                reason(used, limit)
            }
            Self::None | Self::Kernel(_) => std::future::pending().await,
        }
    }

    /// After the end of the process: what the log shall say if the kernel killed it for what it used.
    pub(crate) fn killed_by_kernel(&self) -> Option<String> {
        let Self::Kernel(cgroup) = self else { return None };
        cgroup.was_killed().then(|| reason(cgroup.peak(), cgroup.limit()))
    }
}

/// The words by which metrics and people know this kind of end.
pub(crate) const REASON: &str = "used ";

fn reason(used: u64, limit: u64) -> String {
    format!("{REASON}{} MiB of {}", used.div_ceil(MIB), limit / MIB)
}
