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
    let fresh = describe(project)?;
    let kept = read(&project.path("domain/.sqlx")).unwrap_or_default();
    if fresh == kept {
        println!("domain/.sqlx is up to date: {} queries", fresh.len());
        return Ok(ExitCode::SUCCESS);
    }
    let news = fresh.iter().filter(|(name, text)| kept.get(*name) != Some(text)).count();
    let stale = kept.keys().filter(|name| !fresh.contains_key(*name)).count();
    if arguments.check {
        return Err(format!(
            "domain/.sqlx is not up to date ({news} queries new or changed, {stale} gone): run `cargo velox \
             prepare` and commit the folder"
        ));
    }
    let folder = project.path("domain/.sqlx");
    write(&folder, &kept, &fresh).map_err(|error| format!("{}: {error}", folder.display()))?;
    println!("domain/.sqlx: {} queries, {news} new or changed, {stale} removed", fresh.len());
    Ok(ExitCode::SUCCESS)
}

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

fn write(folder: &Path, kept: &Queries, fresh: &Queries) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for name in kept.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, text) in fresh.iter().filter(|(name, text)| kept.get(*name) != Some(text)) {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
