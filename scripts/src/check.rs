//! `cargo velox test`: the whole check, one step after the other, each with its name and duration.

mod apt;
mod aws_cli;
mod browser;
mod cargo_lambda;
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

type Step = (&'static str, bool, fn(&Project) -> Result<Outcome, String>);

/// Name, whether it is part of the quick check, and what it does.
const STEPS: [Step; 22] = [
    ("format", true, format),
    ("lints", true, lints),
    ("what Terraform knows of the catalogue", true, synchronized),
    ("Terraform's format", true, terraform::format),
    ("licences and sources", false, deny::policy),
    ("advisories", false, deny::advisories),
    ("documentation", false, documentation),
    ("build", true, build),
    ("query data", false, queries),
    ("browser", true, browser::ensure),
    ("tests", true, tests),
    ("conformance of the AWS services against moto", false, moto::conformance),
    ("a walk through the services with the AWS CLI", false, aws_cli::walks),
    ("the pipeline's calls by the AWS CLI against moto", false, aws_cli::deploys),
    ("images into a registry", false, registry::images),
    ("functions under cargo-lambda's emulator", false, cargo_lambda::emulator),
    ("a function's archive for AWS Lambda", false, cargo_lambda::archive),
    ("Terraform is valid", false, terraform::validate),
    ("Terraform's own tests", false, terraform::tests),
    ("Terraform by checkov", false, terraform::advice),
    ("dev and prod applied to moto, rolled and destroyed", false, terraform::apply::everywhere),
    ("the services' images", false, images::work),
];

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let mut lines = Vec::new();
    let mut failed = false;
    for (name, quick, step) in STEPS {
        let is_named = arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
        if (arguments.quick && !quick) || !is_named {
            continue;
        }
        println!("\n{} {}", paint("▶", Style::new().cyan()), paint(name, Style::new().bold()));
        let started = Instant::now();
        let (mark, note) = match step(project) {
            Ok(Outcome::Passed) => (paint("✔", Style::new().green()), String::new()),
            Ok(Outcome::Skipped(why)) => (paint("–", Style::new().yellow()), format!("skipped: {why}")),
            Err(why) => {
                failed = true;
                (paint("✘", Style::new().red()), why)
            }
        };
        if !note.is_empty() {
            println!("{note}");
        }
        lines.push(format!("{mark} {name:<50} {:>8} {note}", seconds(started.elapsed())));
        if failed && !arguments.keep_going {
            break;
        }
    }
    println!("\n{}", lines.join("\n"));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
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
