//! A folder for one test, gone when the test is.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

/// Removed on drop.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let folder =
            env::temp_dir().join(format!("velox-{name}-{}-{:08x}", process::id(), rand::random::<u32>()));
        fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
