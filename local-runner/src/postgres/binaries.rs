//! Where PostgreSQL's server programs are on this machine.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::{PostgresError, install};

/// A folder that holds `initdb` and `postgres`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries(PathBuf);

impl Binaries {
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn below(folder: &Path) -> Option<Self> {
        let complete = ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
        complete.then(|| Self(folder.to_owned()))
    }
}

/// Found on the machine, else installed, else downloaded.
pub(super) async fn locate(state_dir: &Path) -> Result<Binaries, PostgresError> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if install::by_package_manager().await
        && let Some(found) = find()
    {
        return Ok(found);
    }
    #[cfg(feature = "download")]
    if let Some(found) = super::download::fetch(state_dir).await {
        return Ok(found);
    }
    let _ = state_dir;
    Err(PostgresError::NotFound)
}

fn find() -> Option<Binaries> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).chain(usual_folders()).find_map(|folder| Binaries::below(&folder))
}

/// Debian keeps servers off the PATH; Homebrew and Postgres.app have folders of their own.
fn usual_folders() -> Vec<PathBuf> {
    let versioned = [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/local/lib/postgresql", "bin"),
        ("/usr/pgsql", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ];
    let mut folders: Vec<PathBuf> =
        versioned.into_iter().flat_map(|(parent, bin)| newest_first(Path::new(parent), bin)).collect();
    folders.extend(["/usr/local/pgsql/bin", "/opt/local/bin"].map(PathBuf::from));
    folders
}

fn newest_first(parent: &Path, bin: &str) -> Vec<PathBuf> {
    let Ok(entries) = parent.read_dir() else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path().join(bin))))
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// `15`, `postgresql@16`, `17.2`: the major version; none for other names (`latest` is a link to one of them).
fn version(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("postgresql@").unwrap_or(name);
    digits.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn the_newest_version_comes_first_by_number() {
        let scratch = Scratch::new("versions");
        for name in ["9.6", "15", "postgresql@16", "latest", "17"] {
            fs::create_dir_all(scratch.path().join(name)).unwrap();
        }
        let folders = newest_first(scratch.path(), "bin");
        let expected = ["17/bin", "postgresql@16/bin", "15/bin", "9.6/bin"];
        assert_eq!(folders, expected.map(|name| scratch.path().join(name)));
    }

    #[test]
    fn a_folder_with_client_programs_alone_is_passed_over() {
        let scratch = Scratch::new("clients");
        fs::write(scratch.path().join("psql"), "").unwrap();
        fs::write(scratch.path().join("initdb"), "").unwrap();
        assert_eq!(Binaries::below(scratch.path()), None);
        fs::write(scratch.path().join("postgres"), "").unwrap();
        assert!(Binaries::below(scratch.path()).is_some());
    }
}
