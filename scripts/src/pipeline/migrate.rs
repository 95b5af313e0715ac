//! The step `migrate`: the new release's migrations, checked against the release that runs, then run as a task of
//! their own before any service is replaced.

use std::fs;

use super::{
    expand::{self, Breach, Migration},
    failure::{Done, Failure, Kind},
    programs::Call,
    record,
    state::{Deployment, Digests, Migrated},
    task, terraform,
    world::World,
};

const FOLDER: &str = "domain/migrations";

/// Checks and runs what is new. Before the first apply nothing is there that could run it: then it is postponed.
pub(crate) fn run(world: &World<'_>, images: &Digests) -> Done<Migrated> {
    let running = record::running(world)?.map(|release| release.sha);
    let files = match &running {
        Some(sha) => {
            let files = new_files(world, sha)?;
            check(world, sha, &files)?;
            files
        }
        None => all_files(world)?,
    };
    let mut migrated = Migrated { from: running, files, is_postponed: false };
    if migrated.files.is_empty() {
        world.screen.line("  no new migrations");
        return Ok(migrated);
    }
    match terraform::deployment(world)? {
        Some(deployment) => execute(world, &deployment, images)?,
        None => {
            world.screen.line("  the environment is not there yet: they will run after the apply");
            migrated.is_postponed = true;
        }
    }
    Ok(migrated)
}

/// The task itself, with the image that holds the function.
pub(crate) fn execute(world: &World<'_>, deployment: &Deployment, images: &Digests) -> Done<()> {
    let head = catalog::find(task::MIGRATE).map(|function| function.head.name());
    let image = head.and_then(|head| images.get(head));
    let missing = || Failure::new(Kind::Migration, "no image holds the function `migrate`");
    task::migrate(world, deployment, image.ok_or_else(missing)?)
}

fn git<const N: usize>(world: &World<'_>, arguments: [&str; N]) -> Done<Vec<String>> {
    let text = world.run(Kind::MigrationRefused, &Call::new("git", arguments).local())?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn all_files(world: &World<'_>) -> Done<Vec<String>> {
    git(world, ["ls-tree", "--name-only", "HEAD", &format!("{FOLDER}/")])
}

/// Files that the running release does not have. Those that it has must be as they were.
fn new_files(world: &World<'_>, running: &str) -> Done<Vec<String>> {
    let known = Call::new("git", ["cat-file", "-e", &format!("{running}^{{commit}}")]).local();
    if !world.attempt(&known)?.succeeded() {
        let why = format!("the running release {running} is not in this clone: fetch the whole history");
        return Err(Failure::new(Kind::MigrationRefused, why));
    }
    let changes = git(world, ["diff", "--no-renames", "--name-status", running, "HEAD", "--", FOLDER])?;
    let mut files = Vec::new();
    for change in changes {
        match change.split_once('\t') {
            Some(("A", file)) => files.push(file.to_owned()),
            Some((_, file)) => {
                let why = format!(
                    "{file} was changed or removed, and {running} has run it: write a new migration instead"
                );
                return Err(Failure::new(Kind::MigrationRefused, why));
            }
            None => {}
        }
    }
    Ok(files)
}

fn check(world: &World<'_>, running: &str, files: &[String]) -> Done<()> {
    let mut migrations = Vec::new();
    for file in files.iter().filter(|file| file.ends_with(".sql")) {
        let unread = |error| Failure::new(Kind::MigrationRefused, format!("{file}: {error}"));
        let text = fs::read_to_string(world.project.path(file)).map_err(unread)?;
        migrations.push(Migration { file: file.clone(), text });
    }
    let mut refused = Vec::new();
    for breach in expand::breaches(&migrations) {
        if let Some(why) = objection(world, running, &breach)? {
            refused.push(format!("{}: {why}", breach.place));
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Kind::MigrationRefused,
        format!(
            "{}\nRelease first what does without it; then say so above the statement: \
             `-- unused since <git SHA of that release>: <what>` (docs/deploy.md)",
            refused.join("\n")
        ),
    ))
}

/// The running release must be the one that stopped using it, or come after.
fn objection(world: &World<'_>, running: &str, breach: &Breach) -> Done<Option<String>> {
    let Some(since) = &breach.unused_since else { return Ok(Some(breach.why.clone())) };
    let call = Call::new("git", ["merge-base", "--is-ancestor", since, running]).local();
    if world.attempt(&call)?.succeeded() {
        return Ok(None);
    }
    Ok(Some(format!(
        "{}: it is said to be unused since {since}, which {running} does not contain",
        breach.why
    )))
}
