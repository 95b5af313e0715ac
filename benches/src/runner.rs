//! What the local runner costs: until it is ready, while it idles, on a request, and after an edit beside the compiler
//! itself.
//!
//! Works in a checkout that is built (`cargo velox dev` did, or the command in `benches/README.md`), with the runner,
//! bundles and adapter that stand beside this program. The edit is a constant in a handler's file, taken back at the end.
//! Arguments choose parts: `starts`, `page`, `edits`, `idle`, which takes six minutes.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "runner/page.rs"]
mod page;
#[path = "runner/process.rs"]
mod process;

use std::{
    env,
    error::Error,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use process::{Adapter, Runner, scratch};

type Failure = Box<dyn Error>;

const STARTS: usize = 7;
const EDITS: usize = 7;
const ROUNDS: usize = 10;
const PAGES: usize = 300;
/// A page without database, so that little but the way to it is measured.
const PAGE: &str = "/login";
/// Pages for everybody.
const VISITED: [&str; 3] = ["/", PAGE, "/reset-password"];
const EDITED: &str = "functions/web/src/home.rs";
/// After that, functions that nobody uses have ended.
const IDLE: Duration = Duration::from_secs(310);

/// A part of the measurement: where the programs are, the checkout, the runner's folder.
type Part = fn(&Path, &Path, &Path) -> Result<(), Failure>;

const PARTS: [(&str, Part); 4] = [("starts", starts), ("page", pages), ("edits", edits), ("idle", idle)];

fn main() -> Result<(), Failure> {
    let folder = env::current_exe()?.parent().map(PathBuf::from).ok_or("no folder")?;
    let project = env::current_dir()?;
    if !project.join(EDITED).is_file() {
        return Err(format!("run it in a checkout: there is no {EDITED} here").into());
    }
    let wanted: Vec<String> = env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        let known = PARTS.map(|(name, _)| name).join(", ");
        return Err(format!("`{unknown}` is no part of it; these are: {known}").into());
    }
    let state = scratch("bench-runner")?;
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part(&folder, &project, &state.0)?;
        }
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// From the start of the program until it says that everything answers.
fn starts(folder: &Path, project: &Path, state: &Path) -> Result<(), Failure> {
    let mut took = Vec::new();
    for start in 0..=STARTS {
        let began = Instant::now();
        let runner = Runner::start(folder, project, state, &["--no-watch"], None)?;
        let ready = ms(began.elapsed());
        drop(runner);
        match start {
            0 => println!("first start, with a new database cluster: {ready:.0} ms"),
            _ => took.push(ready),
        }
    }
    let slowest = took.iter().copied().fold(0.0, f64::max);
    println!("later starts: median {:.0} ms, slowest {slowest:.0} ms of {STARTS}", median(took));
    Ok(())
}

/// The same functions through the runner and under an adapter beside it, in turns.
fn pages(folder: &Path, project: &Path, state: &Path) -> Result<(), Failure> {
    let runner = Runner::start(folder, project, state, &["--no-watch"], None)?;
    let alone = Adapter::start(folder, runner.manifest(folder, project, state)?)?;
    page::load(runner.http_port, PAGE, PAGES)?;
    page::load(alone.port, PAGE, PAGES)?;
    let (mut through, mut under) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        through.push(ms(page::load(runner.http_port, PAGE, PAGES)?));
        under.push(ms(page::load(alone.port, PAGE, PAGES)?));
    }
    let (through, under) = (median(through), median(under));
    println!("a page, p50: {through:.3} ms through the runner, {under:.3} ms under the adapter alone");
    println!("the runner adds {:.3} ms", through - under);
    Ok(())
}

/// As a developer's machine has it between two thoughts: after the start, after some pages, when all have ended again.
fn idle(folder: &Path, project: &Path, state: &Path) -> Result<(), Failure> {
    let runner = Runner::start(folder, project, state, &[], None)?;
    println!("memory when ready: {}", runner.memory());
    for path in VISITED {
        page::load(runner.http_port, path, 1)?;
    }
    println!("memory after {} pages: {}", VISITED.len(), runner.memory());
    thread::sleep(IDLE);
    println!("memory when idle: {}", runner.memory());
    Ok(())
}

/// A request right after a save, beside the time that cargo itself took.
fn edits(folder: &Path, project: &Path, state: &Path) -> Result<(), Failure> {
    let cargo = state.join("cargo");
    let log = state.join("cargo.log");
    let real = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let script = format!(
        "#!/bin/sh\ns=$(date +%s%N)\n\"{real}\" \"$@\"\nr=$?\ne=$(date +%s%N)\necho $((e - s)) >> '{}'\nexit $r\n",
        log.display()
    );
    fs::write(&cargo, script)?;
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755))?;
    let runner = Runner::start(folder, project, state, &[], Some(&cargo))?;
    let edited = Edited::open(project.join(EDITED))?;
    let (mut in_all, mut besides) = (Vec::new(), Vec::new());
    for edit in 0..=EDITS {
        let before = compiled(&log).len();
        let began = Instant::now();
        edited.save(edit)?;
        // What notices the save has to be given the processor before the request comes.
        thread::sleep(Duration::from_millis(20));
        page::load(runner.http_port, "/", 1)?;
        let took = ms(began.elapsed());
        let compiler: f64 = compiled(&log)[before..].iter().sum();
        // The first makes up for the time since the last build.
        if edit > 0 {
            println!("edit to answer: {took:.0} ms, of them cargo {compiler:.0} ms");
            in_all.push(took);
            besides.push(took - compiler);
        }
    }
    println!("edit to answer: median {:.0} ms, besides cargo {:.0} ms", median(in_all), median(besides));
    Ok(())
}

/// Milliseconds of each build.
fn compiled(log: &Path) -> Vec<f64> {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().filter_map(|line| Some(line.parse::<f64>().ok()? / 1e6)).collect()
}

/// A source that is as it was when this is dropped.
struct Edited {
    path: PathBuf,
    text: String,
}

impl Edited {
    fn open(path: PathBuf) -> Result<Self, Failure> {
        let text = fs::read_to_string(&path)?;
        Ok(Self { path, text })
    }

    fn save(&self, number: usize) -> Result<(), Failure> {
        // Something that the compiler cannot overlook: a comment alone would leave most of its work out.
        let text = format!("{}\n#[allow(dead_code)]\nconst EDIT: usize = {number};\n", self.text);
        Ok(fs::write(&self.path, text)?)
    }
}

impl Drop for Edited {
    fn drop(&mut self) {
        let _ = fs::write(&self.path, &self.text);
    }
}
