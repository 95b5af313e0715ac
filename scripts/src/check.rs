//! `cargo velox test`: the whole check, one step after the other, each with its name and duration.

mod apt;
mod aws_cli;
mod beside;
mod browser;
mod cargo_lambda;
mod delivery;
mod deny;
mod images;
mod moto;
mod pypi;
mod registry;
mod terraform;

use std::{
    env,
    io::{self, IsTerminal},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use beside::Beside;
use clap::Args;
use owo_colors::{OwoColorize, Style};

use crate::{prepare, project::Project, run::run as run_program, sync};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Format, lints and tests alone.
    #[arg(long)]
    quick: bool,
    /// These steps alone, by their names in the list that ends every check.
    #[arg(long, value_name = "STEP", value_parser = STEPS.map(|(name, ..)| name), conflicts_with = "quick")]
    only: Vec<String>,
    /// Go on after a step that failed.
    #[arg(long)]
    keep_going: bool,
}

/// How a step ended that did not fail.
enum Outcome {
    Passed,
    /// Why it could not be done here.
    Skipped(String),
}

/// When a step is done.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    /// In the quick check as well.
    Quick,
    /// In the whole one.
    Whole,
    /// In the whole one, beside all steps that come after it.
    Beside,
}

use Turn::{Quick, Whole};

type Step = (&'static str, Turn, fn(&Project) -> Result<Outcome, String>);

/// Name, turn, and what it does.
const STEPS: [Step; 23] = [
    ("format", Quick, format),
    ("lints", Quick, lints),
    ("what Terraform knows of the catalogue", Quick, synchronized),
    ("Terraform's format", Quick, terraform::format),
    ("licences and sources", Whole, deny::policy),
    ("advisories", Whole, deny::advisories),
    ("documentation", Whole, documentation),
    ("build", Quick, build),
    ("query data", Whole, queries),
    ("browser", Quick, browser::ensure),
    ("tests", Quick, tests),
    ("conformance of the AWS services against moto", Whole, moto::conformance),
    ("a walk through the services with the AWS CLI", Whole, aws_cli::walks),
    ("the pipeline's calls by the AWS CLI against moto", Whole, aws_cli::deploys),
    ("images into a registry", Whole, registry::images),
    ("Terraform is valid", Whole, terraform::validate),
    ("Terraform's own tests", Whole, terraform::tests),
    ("Terraform by checkov", Whole, terraform::advice),
    ("dev and prod applied to moto, rolled and destroyed", Turn::Beside, terraform::apply::everywhere),
    ("functions under cargo-lambda's emulator", Whole, cargo_lambda::emulator),
    ("a function's archive for AWS Lambda", Whole, cargo_lambda::archive),
    ("the services' images", Whole, images::work),
    ("the services' images, delivered by the pipeline", Whole, delivery::work),
];

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let chosen: Vec<_> = STEPS.into_iter().filter(|step| arguments.choose(step)).collect();
    let mut report = Report::default();
    let mut beside = Vec::new();
    for (place, (name, turn, step)) in chosen.iter().enumerate() {
        println!("\n{} {}", paint("▶", Style::new().cyan()), paint(name, Style::new().bold()));
        if *turn == Turn::Beside && place + 1 < chosen.len() {
            println!("beside what follows; its output comes at the end");
            beside.push(Beside::start(project, name)?);
            continue;
        }
        let started = Instant::now();
        let result = step(project);
        report.add(name, result, started.elapsed());
        if report.failed && !arguments.keep_going {
            break;
        }
    }
    for step in beside {
        let name = step.name;
        let (result, took) = step.end();
        report.add(name, result, took);
    }
    println!("\n{}", report.lines.join("\n"));
    Ok(if report.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Arguments {
    fn choose(&self, (name, turn, _): &Step) -> bool {
        let is_named = self.only.is_empty() || self.only.iter().any(|only| only == name);
        is_named && (!self.quick || *turn == Quick)
    }
}

/// How the steps ended.
#[derive(Default)]
struct Report {
    lines: Vec<String>,
    failed: bool,
}

impl Report {
    fn add(&mut self, name: &str, result: Result<Outcome, String>, took: Duration) {
        let (mark, note) = match result {
            Ok(Outcome::Passed) => (paint("✔", Style::new().green()), String::new()),
            Ok(Outcome::Skipped(why)) => (paint("–", Style::new().yellow()), format!("skipped: {why}")),
            Err(why) => {
                self.failed = true;
                (paint("✘", Style::new().red()), why)
            }
        };
        if !note.is_empty() {
            println!("{note}");
        }
        self.lines.push(format!("{mark} {name:<50} {:>8} {note}", seconds(took)));
    }
}

/// Colours are for people at a terminal (no-color.org).
fn paint(text: &str, style: Style) -> String {
    let colourless = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if io::stdout().is_terminal() && !colourless { text.style(style).to_string() } else { text.to_owned() }
}

/// Whether a pipeline runs us: nobody is there to install what is missing.
fn in_pipeline() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Incremental builds cost time and disk where nothing is built twice.
fn cargo(project: &Project) -> Command {
    let mut cargo = project.cargo();
    if in_pipeline() {
        cargo.env("CARGO_INCREMENTAL", "0");
    }
    cargo
}

fn passed(command: &mut Command) -> Result<Outcome, String> {
    run_program(command).map(|()| Outcome::Passed)
}

fn format(project: &Project) -> Result<Outcome, String> {
    passed(cargo(project).args(["fmt", "--all", "--", "--check"]))
}

fn lints(project: &Project) -> Result<Outcome, String> {
    passed(cargo(project).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn documentation(project: &Project) -> Result<Outcome, String> {
    let mut doc = cargo(project);
    doc.args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    passed(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Everything that the tests start, bundles and single binaries included.
fn build(project: &Project) -> Result<Outcome, String> {
    passed(cargo(project).args(["build", "--workspace", "--all-targets"]))
}

fn queries(project: &Project) -> Result<Outcome, String> {
    prepare::compare(project).map(|()| Outcome::Passed)
}

fn synchronized(project: &Project) -> Result<Outcome, String> {
    sync::compare(project).map(|()| Outcome::Passed)
}

fn tests(project: &Project) -> Result<Outcome, String> {
    let mut command = under_postgres(project);
    passed(command.args(["cargo", "test", "--workspace"]))
}

/// The local runner with a throw-away database around the command that is added.
fn under_postgres(project: &Project) -> Command {
    let mut command = project.command(project.executables("debug").join("local-runner"));
    command.args(["postgres", "--ephemeral", "--"]);
    if in_pipeline() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
