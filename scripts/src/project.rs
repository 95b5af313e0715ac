//! The checkout, and where things are in it.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// A checkout of Velox.
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// The checkout that this program was built from, when cargo runs it; else the one around the folder.
    pub(crate) fn find() -> Result<Self, String> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(manifest) => PathBuf::from(manifest),
            None => env::current_dir().map_err(|error| format!("the current folder: {error}"))?,
        };
        let found = start.ancestors().find(|folder| folder.join("functions/catalog/Cargo.toml").is_file());
        let root = found.ok_or_else(|| format!("{} is not within a checkout of Velox", start.display()))?;
        Ok(Self { root: root.to_owned() })
    }

    /// A folder that a test has made.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// A path in the checkout.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// Cargo's folder of executables for a profile (`debug`, `release`).
    pub(crate) fn executables(&self, profile: &str) -> PathBuf {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.path("target"), PathBuf::from);
        self.root.join(target).join(profile)
    }

    /// A program in the checkout's root.
    ///
    /// Without the variables that cargo sets for the programs it runs: build scripts ask for some of them, and
    /// a cargo that is started with them builds again what one without them has built.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for (key, _) in env::vars_os().filter(|(key, _)| is_of_a_cargo_run(&key.to_string_lossy())) {
            command.env_remove(key);
        }
        command
    }

    /// Cargo itself, the one that runs us.
    pub(crate) fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }
}

fn is_of_a_cargo_run(key: &str) -> bool {
    const PREFIXES: [&str; 4] = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_"];
    key == "CARGO" || key == "CARGO_PRIMARY_PACKAGE" || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_developers_own_settings_of_cargo_are_kept() {
        assert!(is_of_a_cargo_run("CARGO_MANIFEST_DIR") && is_of_a_cargo_run("CARGO"));
        for kept in ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_INCREMENTAL", "CARGO_TERM_COLOR"] {
            assert!(!is_of_a_cargo_run(kept), "{kept}");
        }
    }
}
