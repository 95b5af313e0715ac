//! Source changed: build what is concerned, exchange the executables, replace the processes. What does not
//! compile changes nothing in what runs.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime},
};

use adapter::Adapter;
use catalog::Head;

use crate::{
    cargo::{Built, Cargo},
    changes::Changes,
    console::Console,
    invocations,
    links::Links,
    report::Report,
    watch::Watch,
};

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
}

const PROGRAM: &str = "local-runner";

impl Rebuild {
    /// Until the runner itself has to be started anew, because the catalogue is compiled into it.
    pub async fn run(mut self, mut watch: Watch) {
        let own = modified(&self.program);
        let mut changes = Changes::default();
        loop {
            watch.next(&mut changes).await;
            let mut done = false;
            while !done {
                done = match self.follow(&mut watch, &mut changes).await {
                    // Changed again in the middle: once more with both.
                    Step::Interrupted => false,
                    // The changes are kept: the next one is built together with them.
                    Step::Failed => true,
                    Step::Done => {
                        let restart = changes.catalogue && modified(&self.program) != own;
                        changes = Changes::default();
                        if restart {
                            return;
                        }
                        true
                    }
                };
            }
        }
    }

    async fn follow(&mut self, watch: &mut Watch, changes: &mut Changes) -> Step {
        let started = Instant::now();
        for heads in changes.builds(self.report.in_front()) {
            let mut executables: Vec<_> = heads.iter().map(|head| head.name()).collect();
            if changes.catalogue {
                executables.push(PROGRAM);
            }
            let built = tokio::select! {
                built = self.cargo.build(&executables) => built,
                () = watch.next(changes) => return Step::Interrupted,
            };
            match built {
                Ok(Built::Yes) => {}
                Ok(Built::No(errors)) => {
                    return self.failed(&format!("does not compile; the last build serves\n{errors}"));
                }
                Err(error) => return self.failed(&format!("cargo cannot be run: {error}")),
            }
            if let Err(error) = self.exchange(&heads, started) {
                return self.failed(&format!("the executables cannot be exchanged: {error}"));
            }
        }
        if changes.migrations
            && let Err(error) = invocations::migrate(&self.adapter).await
        {
            self.console.complain(&error);
        }
        Step::Done
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

    fn failed(&self, why: &str) -> Step {
        self.console.complain(why);
        Step::Failed
    }
}

enum Step {
    Done,
    Failed,
    Interrupted,
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}
