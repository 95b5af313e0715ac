//! Source changed: build what is concerned, exchange the executables, replace the processes, bring schema and demo
//! data up to date. What does not compile changes nothing in what runs.

pub mod freshness;
pub mod gate;
mod page;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Instant, SystemTime},
};

use adapter::{Adapter, Manifest};
use catalog::Head;
use tokio::process::Command;

use crate::{
    cargo::{Built, Cargo},
    changes::{Changes, next_build},
    cli,
    console::Console,
    invocations,
    links::Links,
    report::Report,
    watch::Watch,
};
use freshness::{Freshness, Trouble};

/// What a rebuild works on.
pub struct Rebuild {
    /// Builds.
    pub cargo: Cargo,
    /// Executables of the functions.
    pub links: Links,
    /// Whose processes are replaced.
    pub adapter: Arc<Adapter>,
    /// Knows the head in front of the developer.
    pub report: Arc<Report>,
    /// Where errors are shown.
    pub console: Console,
    /// The runner's own executable.
    pub program: PathBuf,
    /// When it was written as it runs: see [`modified`].
    pub own: Option<SystemTime>,
    /// Told what is being rebuilt, so that requests wait for it.
    pub freshness: Arc<Freshness>,
    /// Whether schema and demo data are the developer's own, to be brought up to date.
    pub owns_database: bool,
}

const PROGRAM: &str = "local-runner";

/// The function that brings the schema up to date is built before all others when there is a new migration.
const MIGRATE: &str = "migrate";

impl Rebuild {
    /// Until the runner itself has to be started anew, because the catalogue is compiled into it. Returns since when
    /// changes are not in what was built.
    pub async fn run(mut self, mut watch: Watch) -> SystemTime {
        let mut changes = Changes::default();
        loop {
            next(&mut watch, &mut changes, &self.freshness).await;
            let mut done = false;
            while !done {
                let since = SystemTime::now();
                done = match self.follow(&mut watch, &mut changes).await {
                    // Changed again in the middle: once more with both.
                    Step::Interrupted => false,
                    // The changes are kept: the next one is built together with them.
                    Step::Failed => true,
                    Step::Done => {
                        let restart = changes.catalogue && modified(&self.program) != self.own;
                        changes = Changes::default();
                        if restart {
                            return since;
                        }
                        true
                    }
                };
            }
        }
    }

    async fn follow(&mut self, watch: &mut Watch, changes: &mut Changes) -> Step {
        let started = Instant::now();
        let mut left = changes.heads();
        let mut complained = None;
        while !left.is_empty() {
            let heads = next_build(&mut left, self.first(changes));
            let mut executables: Vec<_> = heads.iter().map(|head| head.name()).collect();
            if changes.catalogue {
                executables.push(PROGRAM);
            }
            let built = tokio::select! {
                built = self.cargo.build(&executables) => built,
                () = next(watch, changes, &self.freshness) => return Step::Interrupted,
            };
            let (built, broken, errors) = match built {
                Ok(Built::Yes) => (heads, Vec::new(), Vec::new()),
                Ok(Built::No(failure)) => {
                    let (built, broken) = failure.divide(&heads);
                    (built, broken, failure.errors)
                }
                Err(error) => (Vec::new(), heads, vec![format!("cargo cannot be run: {error}")]),
            };
            if !errors.is_empty() {
                // A head that is fine beside a runner that is not (the catalogue is compiled into it) runs.
                let trouble = Trouble::in_compiling(&broken, errors);
                if complained.as_ref() != Some(&trouble.errors) {
                    self.console.complain(&trouble.to_string());
                }
                complained = Some(trouble.errors.clone());
                self.freshness.broken(&broken, trouble);
            }
            if let Err(trouble) = self.take_over(&built, changes, started).await {
                self.console.complain(&trouble.to_string());
                self.freshness.broken(&changes.heads(), trouble);
                return Step::Failed;
            }
        }
        if complained.is_some() { Step::Failed } else { Step::Done }
    }

    /// The head to be built before the others.
    fn first(&self, changes: &Changes) -> Option<Head> {
        let migrates = catalog::find(MIGRATE).filter(|_| changes.migrations).map(|function| function.head);
        migrates.or_else(|| self.freshness.wanted()).or_else(|| self.report.in_front())
    }

    /// What was built runs from now on, on a schema of its version.
    async fn take_over(
        &mut self,
        heads: &[Head],
        changes: &mut Changes,
        started: Instant,
    ) -> Result<(), Trouble> {
        let trouble = |title: &str, error: String| Trouble { title: title.to_owned(), errors: vec![error] };
        self.exchange(heads, started)
            .map_err(|error| trouble("the executables cannot be exchanged", error.to_string()))?;
        let has = |name| catalog::find(name).is_some_and(|function| heads.contains(&function.head));
        if !self.owns_database && (changes.migrations || changes.seeds) {
            self.console.say("migrations and demo data change nothing here: the database is not yours alone");
            (changes.migrations, changes.seeds) = (false, false);
        }
        if changes.migrations && has(MIGRATE) {
            let migrated = invocations::migrate(&self.adapter).await;
            migrated.map_err(|error| trouble("the migration fails", error))?;
            changes.migrations = false;
            self.console.say("migrated");
        }
        if changes.seeds && has("seed-demo") {
            let seeded = invocations::seed(&self.adapter).await;
            seeded.map_err(|error| trouble("the demo data cannot be made", error))?;
            changes.seeds = false;
            self.console.say("seeded");
        }
        if changes.catalogue && modified(&self.program) != self.own {
            // What waits is answered by the functions and routes of the new catalogue, and finds the restart that
            // follows done or still to come.
            let taken_over = self.reload().await;
            taken_over.map_err(|error| trouble("the changed catalogue cannot be taken over", error))?;
        }
        self.freshness.fresh(heads);
        Ok(())
    }

    /// Asks the newer build of this program what it would host, and hosts that.
    async fn reload(&self) -> Result<(), String> {
        let mut newer = Command::new(&self.program);
        newer.args(env::args_os().skip(1)).arg(cli::PRINT_MANIFEST).stdin(Stdio::null()).kill_on_drop(true);
        let said = newer.output().await.map_err(|error| format!("{}: {error}", self.program.display()))?;
        if !said.status.success() {
            return Err(String::from_utf8_lossy(&said.stderr).trim().to_owned());
        }
        let manifest = Manifest::from_json(&String::from_utf8_lossy(&said.stdout));
        let manifest = manifest.map_err(|error| error.to_string())?;
        self.adapter.reload(manifest).await.map_err(|error| error.to_string())
    }

    fn exchange(&mut self, heads: &[Head], started: Instant) -> io::Result<()> {
        let replaced = self.links.refresh(heads)?;
        if !replaced.is_empty() {
            self.adapter.replace(&replaced);
            let names: Vec<_> = heads.iter().map(|head| head.name()).collect();
            self.console.say(&format!(
                "rebuilt {} in {:.1} s",
                names.join(", "),
                started.elapsed().as_secs_f64()
            ));
        }
        Ok(())
    }
}

/// Waits for changes; requests for what they concern are held back from the first one on.
async fn next(watch: &mut Watch, changes: &mut Changes, freshness: &Freshness) {
    watch.next(changes, |changes| freshness.building(&changes.heads())).await;
}

enum Step {
    Done,
    Failed,
    Interrupted,
}

/// When a file was written; none when there is none.
#[must_use]
pub fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}
