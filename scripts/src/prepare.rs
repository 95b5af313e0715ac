//! `cargo velox prepare`: compiles `domain` against a throw-away database that has all migrations, and keeps
//! what the query macros learned in `domain/.sqlx`.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::Path,
    process::ExitCode,
    time::SystemTime,
};

use clap::Args;

use crate::{dev, project::Project, run::run as run_program};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Change nothing; fail when the data is not what the queries and migrations say.
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    dev::build_runner(project)?;
    if arguments.check {
        return compare(project).map(|()| ExitCode::SUCCESS);
    }
    let difference = Difference::find(project)?;
    let folder = project.path(FOLDER);
    difference.apply(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    println!("{FOLDER}: {}", difference.shown());
    Ok(ExitCode::SUCCESS)
}

/// Fails when the data is not what the queries and migrations say. The local runner must be built.
pub(crate) fn compare(project: &Project) -> Result<(), String> {
    let difference = Difference::find(project)?;
    println!("{FOLDER}: {}", difference.shown());
    if difference.kept == difference.fresh {
        return Ok(());
    }
    Err(format!("{FOLDER} is not up to date: run `cargo velox prepare` and commit the folder"))
}

const FOLDER: &str = "domain/.sqlx";

/// Query data by file name.
type Queries = BTreeMap<String, String>;

/// What the query macros learn from the database.
fn describe(project: &Project) -> Result<Queries, String> {
    let folder = project.path(".velox/tools/sqlx");
    let prepared = fs::remove_dir_all(&folder).or_else(gone).and_then(|()| fs::create_dir_all(&folder));
    prepared.map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut command = project.command(project.executables("debug").join("local-runner"));
    command.args(["postgres", "--ephemeral", "--migrate", "domain/migrations", "--", "sh", "-c"]);
    command.arg(
        "DATABASE_URL=\"$VELOX_TEST_DATABASE_URL\" exec cargo check --quiet --package domain --all-targets",
    );
    command.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &folder);
    let source = project.path("domain/src/lib.rs");
    let failed = |error| format!("{}: {error}", source.display());
    let before = fs::metadata(&source).and_then(|found| found.modified()).map_err(failed)?;
    // Macros are expanded only in what is compiled, so the crate has to look changed. Its time is set back
    // afterwards, or everything that depends on it would be compiled once more.
    touch(&source, SystemTime::now()).map_err(failed)?;
    let compiled = run_program(&mut command);
    touch(&source, before).map_err(failed)?;
    compiled?;
    read(&folder).map_err(|error| format!("{}: {error}", folder.display()))
}

fn touch(file: &Path, time: SystemTime) -> io::Result<()> {
    File::options().append(true).open(file)?.set_modified(time)
}

fn gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn read(folder: &Path) -> io::Result<Queries> {
    let mut queries = Queries::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        queries.insert(entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path())?);
    }
    Ok(queries)
}

/// Between what is committed and what the database says.
struct Difference {
    kept: Queries,
    fresh: Queries,
}

impl Difference {
    fn find(project: &Project) -> Result<Self, String> {
        let fresh = describe(project)?;
        Ok(Self { kept: read(&project.path(FOLDER)).unwrap_or_default(), fresh })
    }

    fn news(&self) -> impl Iterator<Item = (&String, &String)> {
        self.fresh.iter().filter(|(name, text)| self.kept.get(*name) != Some(text))
    }

    fn stale(&self) -> impl Iterator<Item = &String> {
        self.kept.keys().filter(|name| !self.fresh.contains_key(*name))
    }

    fn shown(&self) -> String {
        let (news, stale) = (self.news().count(), self.stale().count());
        format!("{} queries, {news} new or changed, {stale} gone", self.fresh.len())
    }

    fn apply(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for name in self.stale() {
            fs::remove_file(folder.join(name))?;
        }
        for (name, text) in self.news() {
            fs::write(folder.join(name), text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(of: &[(&str, &str)]) -> Queries {
        of.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn the_folder_gets_what_is_new_or_changed_and_loses_what_is_gone() {
        let folder = std::env::temp_dir().join(format!("velox-prepare-{}", std::process::id()));
        let kept = queries(&[("same", "1"), ("changed", "1"), ("gone", "1")]);
        Difference { kept: Queries::new(), fresh: kept.clone() }.apply(&folder).unwrap();
        let fresh = queries(&[("same", "1"), ("changed", "2"), ("new", "1")]);
        let difference = Difference { kept, fresh: fresh.clone() };
        assert_eq!(difference.shown(), "3 queries, 2 new or changed, 1 gone");
        difference.apply(&folder).unwrap();
        assert_eq!(read(&folder).unwrap(), fresh);
        fs::remove_dir_all(&folder).unwrap();
    }
}
