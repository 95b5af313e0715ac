//! A cgroup for each process: "Control Group v2" in the Linux kernel's Administrator's Guide.
//!
//! A cgroup either holds processes or hands controllers to its children. So the adapter first moves from the
//! cgroup it was started in to a child of it; if anybody else lives there, it leaves everything as it is.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

const MOUNT: &str = "/sys/fs/cgroup";

/// Where cgroups of processes are made.
pub(super) struct Cgroups {
    root: PathBuf,
}

/// One process's own, removed when dropped.
pub(crate) struct Cgroup {
    folder: PathBuf,
    limit: u64,
}

impl Cgroups {
    /// None where cgroups of version 2 are not there, not ours to change or shared with others.
    pub(super) fn take_over() -> Option<Self> {
        let cgroups = fs::read_to_string("/proc/self/cgroup").ok()?;
        Self::of(&Path::new(MOUNT).join(own_cgroup(&cgroups)?))
    }

    fn of(root: &Path) -> Option<Self> {
        if !words(&root.join("cgroup.controllers")).any(|controller| controller == "memory") {
            return None;
        }
        let cgroups = Self { root: root.to_owned() };
        // Only the root of the machine has no type, and it may hold processes besides.
        let is_machine = !root.join("cgroup.type").exists();
        if is_machine {
            return cgroups.hand_down().ok().map(|()| cgroups);
        }
        cgroups.step_aside().and_then(|()| cgroups.hand_down()).inspect_err(|_| cgroups.step_back()).ok()?;
        Some(cgroups)
    }

    fn step_aside(&self) -> io::Result<()> {
        let own = std::process::id().to_string();
        if words(&self.root.join("cgroup.procs")).any(|pid| pid != own) {
            return Err(io::Error::other("others live in this cgroup"));
        }
        fs::create_dir_all(self.aside())?;
        fs::write(self.aside().join("cgroup.procs"), own)
    }

    fn step_back(&self) {
        let _ = fs::write(self.root.join("cgroup.procs"), std::process::id().to_string());
        let _ = fs::remove_dir(self.aside());
    }

    fn hand_down(&self) -> io::Result<()> {
        fs::write(self.root.join("cgroup.subtree_control"), "+memory")
    }

    fn aside(&self) -> PathBuf {
        self.root.join("adapter")
    }

    /// None if the process could not be moved; it is watched then.
    pub(super) fn limit(&self, pid: u32, function: &str, limit: u64) -> Option<Cgroup> {
        let folder = self.root.join(format!("{function}.{pid}"));
        fs::create_dir(&folder).ok()?;
        let cgroup = Cgroup { folder, limit };
        cgroup.write("memory.max", &limit.to_string()).ok()?;
        // A kernel without swap accounting has no such file.
        let _ = cgroup.write("memory.swap.max", "0");
        cgroup.write("memory.oom.group", "1").ok()?;
        cgroup.write("cgroup.procs", &pid.to_string()).ok()?;
        Some(cgroup)
    }
}

impl Cgroup {
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    pub(super) fn was_killed(&self) -> bool {
        let events = fs::read_to_string(self.folder.join("memory.events")).unwrap_or_default();
        let kills = events.lines().find_map(|line| line.strip_prefix("oom_kill "));
        kills.is_some_and(|kills| kills != "0")
    }

    /// Most bytes it ever used; its limit where the kernel does not know (before 5.19).
    pub(super) fn peak(&self) -> u64 {
        let text = fs::read_to_string(self.folder.join("memory.peak")).unwrap_or_default();
        text.trim().parse().unwrap_or(self.limit)
    }

    fn write(&self, file: &str, value: &str) -> io::Result<()> {
        fs::write(self.folder.join(file), value)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Whoever left the process group is still in the cgroup.
        let _ = self.write("cgroup.kill", "1");
        let _ = fs::remove_dir(&self.folder);
    }
}

/// `0::/path` is the line of version 2.
fn own_cgroup(proc_self_cgroup: &str) -> Option<&str> {
    let path = proc_self_cgroup.lines().find_map(|line| line.strip_prefix("0::/"))?;
    // Outside of our namespace's root: not ours.
    (!path.starts_with("..")).then_some(path)
}

fn words(file: &Path) -> impl Iterator<Item = String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a cgroup's files. The kernel's part, moving and killing, is not there.
    fn folder(name: &str, controllers: &str, lodger: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("adapter-cgroup-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in
            [("cgroup.controllers", controllers), ("cgroup.type", "domain"), ("cgroup.procs", lodger)]
        {
            fs::write(folder.join(file), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_process_gets_a_cgroup_with_its_limit_and_the_adapter_steps_aside() {
        let own = std::process::id().to_string();
        let root = folder("alone", "cpu memory pids", &own);
        let cgroups = Cgroups::of(&root).unwrap();
        assert_eq!(fs::read_to_string(root.join("cgroup.subtree_control")).unwrap(), "+memory");
        assert_eq!(fs::read_to_string(root.join("adapter/cgroup.procs")).unwrap(), own);
        let cgroup = cgroups.limit(4711, "hello", 128 * super::super::MIB).unwrap();
        let of = |file: &str| fs::read_to_string(root.join("hello.4711").join(file)).unwrap();
        assert_eq!((of("memory.max").as_str(), of("cgroup.procs").as_str()), ("134217728", "4711"));
        assert_eq!((of("memory.swap.max").as_str(), of("memory.oom.group").as_str()), ("0", "1"));
        assert!(!cgroup.was_killed());
        fs::write(root.join("hello.4711/memory.events"), "low 0\nmax 12\noom 1\noom_kill 2\n").unwrap();
        fs::write(root.join("hello.4711/memory.peak"), "134217000\n").unwrap();
        assert!(cgroup.was_killed() && cgroup.peak() == 134_217_000);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn what_is_shared_or_has_no_memory_controller_stays_as_it_is() {
        for (name, controllers, lodger) in [("shared", "memory", "1 2 3"), ("without", "cpu hugetlb", "")] {
            let root = folder(name, controllers, lodger);
            assert!(Cgroups::of(&root).is_none(), "{name}");
            assert!(!root.join("adapter").exists() && !root.join("cgroup.subtree_control").exists());
            fs::remove_dir_all(root).unwrap();
        }
    }

    #[test]
    fn the_own_cgroup_is_that_of_version_2() {
        assert_eq!(own_cgroup("4:memory:/a\n0::/system.slice/b\n"), Some("system.slice/b"));
        assert_eq!(own_cgroup("0::/\n"), Some(""));
        assert_eq!(own_cgroup("0::/../c\n"), None);
        assert_eq!(own_cgroup("4:memory:/a\n"), None);
    }
}
