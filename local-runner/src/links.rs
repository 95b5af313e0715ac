//! One executable per function in the runner's folder: hard links to its head's bundle, which does what the
//! name says that it is started under.
//!
//! A link is replaced by renaming a new one over it. Processes that run the old file keep it, and whoever
//! starts the function in between finds one of the two and never none.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use catalog::{FUNCTIONS, Function, Head};

/// The folder with one executable per function.
#[derive(Debug)]
pub struct Links {
    bundles: PathBuf,
    folder: PathBuf,
    linked: HashMap<Head, Version>,
}

/// Tells builds apart: a build that changed nothing leaves the file as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    device: u64,
    inode: u64,
    modified: (i64, i64),
}

impl Links {
    /// `bundles` is cargo's folder of executables, `folder` the one for the links.
    #[must_use]
    pub fn new(bundles: PathBuf, folder: PathBuf) -> Self {
        Self { bundles, folder, linked: HashMap::new() }
    }

    /// The folder with the links.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Links the functions of the heads whose bundle is another than the one last linked, and names them.
    ///
    /// # Errors
    /// When a bundle is missing or the folder cannot be written.
    pub fn refresh(&mut self, heads: &[Head]) -> io::Result<Vec<&'static str>> {
        fs::create_dir_all(&self.folder)?;
        let mut replaced = Vec::new();
        for &head in heads {
            let bundle = self.bundles.join(head.name());
            let version = Version::of(&bundle)?;
            if self.linked.get(&head) == Some(&version) {
                continue;
            }
            for function in FUNCTIONS.iter().filter(|function| function.head == head) {
                self.link(&bundle, function)?;
                replaced.push(function.name);
            }
            self.linked.insert(head, version);
        }
        Ok(replaced)
    }

    /// Removes what earlier catalogues left.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn prune(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)?.flatten() {
            let known = entry.file_name().to_str().is_some_and(|name| catalog::find(name).is_some());
            if !known {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn link(&self, bundle: &Path, function: &Function) -> io::Result<()> {
        let next = self.folder.join(format!("{}.next", function.name));
        let _ = fs::remove_file(&next);
        // Copied where links cannot go: to another file system.
        fs::hard_link(bundle, &next).or_else(|_| fs::copy(bundle, &next).map(drop))?;
        let link = self.folder.join(function.name);
        fs::rename(&next, &link)?;
        // Renaming a link over another link to the same file does nothing and leaves both (POSIX, rename).
        let _ = fs::remove_file(&next);
        Ok(())
    }
}

impl Version {
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}; build it first", path.display()))
        })?;
        let modified = (found.mtime(), found.mtime_nsec());
        Ok(Self { device: found.dev(), inode: found.ino(), modified })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn world(name: &str) -> (Scratch, Links) {
        let scratch = Scratch::new(name);
        let bundles = scratch.path().join("target");
        fs::create_dir(&bundles).unwrap();
        for head in Head::ALL {
            fs::write(bundles.join(head.name()), "first").unwrap();
        }
        let links = Links::new(bundles, scratch.path().join("bin"));
        (scratch, links)
    }

    #[test]
    fn every_function_gets_its_heads_bundle_under_its_own_name() {
        let (_scratch, mut links) = world("links");
        let replaced = links.refresh(&Head::ALL).unwrap();
        assert_eq!(replaced.len(), FUNCTIONS.len());
        for function in FUNCTIONS {
            assert_eq!(fs::read(links.folder().join(function.name)).unwrap(), b"first");
        }
        assert_eq!(fs::read_dir(links.folder()).unwrap().count(), FUNCTIONS.len());
    }

    #[test]
    fn a_build_that_changed_one_bundle_replaces_the_functions_of_that_head_alone() {
        let (_scratch, mut links) = world("relink");
        links.refresh(&Head::ALL).unwrap();
        assert!(links.refresh(&Head::ALL).unwrap().is_empty());
        let (running, web) = (links.folder().join("web-home"), links.bundles.join("web"));
        let open = fs::File::open(&running).unwrap();
        fs::remove_file(&web).unwrap();
        fs::write(&web, "second").unwrap();
        let replaced = links.refresh(&Head::ALL).unwrap();
        assert!(replaced.iter().all(|name| catalog::find(name).unwrap().head == Head::Web));
        assert_eq!(fs::read(&running).unwrap(), b"second");
        assert_eq!(io::read_to_string(&open).unwrap(), "first", "who has the old file open keeps it");
    }

    #[test]
    fn a_missing_bundle_is_named() {
        let (_scratch, mut links) = world("missing");
        fs::remove_file(links.bundles.join("api")).unwrap();
        assert!(links.refresh(&Head::ALL).unwrap_err().to_string().contains("target/api"));
    }

    #[test]
    fn executables_of_functions_that_are_gone_are_removed() {
        let (_scratch, mut links) = world("prune");
        links.refresh(&Head::ALL).unwrap();
        fs::write(links.folder().join("web-of-yesterday"), "").unwrap();
        links.prune().unwrap();
        assert_eq!(fs::read_dir(links.folder()).unwrap().count(), FUNCTIONS.len());
    }
}
