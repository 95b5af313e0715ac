//! `cargo velox …`: what a developer or the pipeline does with this checkout.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

mod check;
mod dev;
mod image;
mod invoke;
mod logs;
mod mail;
mod new;
mod pipeline;
mod prepare;
mod project;
mod queue;
mod run;
mod runner;
mod schedule;
mod sync;
mod times;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use project::Project;

#[derive(Parser)]
#[command(
    name = "cargo velox",
    bin_name = "cargo velox",
    about = "Runs, checks and grows this checkout of Velox"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds and runs everything on this machine; rebuilds what changes.
    Dev(dev::Arguments),
    /// The whole check, as the pipeline does it.
    Test(check::Arguments),
    /// Takes this commit to an environment on AWS, or does single steps of that.
    Pipeline(pipeline::Arguments),
    /// Puts the release before back in place.
    Rollback(pipeline::rollback::Arguments),
    /// Sets and lists the secrets of an environment.
    #[command(subcommand)]
    Secret(pipeline::secret::Command),
    /// Refreshes the query data in domain/.sqlx, with which a clone builds without a database.
    Prepare(prepare::Arguments),
    /// Invokes a function of the running local runner.
    Invoke(invoke::Arguments),
    /// Shows and works on the queues of the running local runner.
    Queue(queue::Arguments),
    /// Shows what functions of the running local runner write.
    Logs(logs::Arguments),
    /// Shows, fires and pauses the schedules of the running local runner, and travels in time.
    Schedule(schedule::Arguments),
    /// Shows the mail that functions of the running local runner have sent.
    Mail(mail::Arguments),
    /// Writes what Terraform has to know of the catalogue.
    Sync(sync::Arguments),
    /// Builds the container images of services.
    Image(image::Arguments),
    /// Writes the skeleton of a new function.
    #[command(subcommand)]
    New(new::New),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = Project::find().and_then(|project| match arguments.command {
        Command::Dev(arguments) => dev::run(&project, &arguments),
        Command::Test(arguments) => check::run(&project, &arguments),
        Command::Pipeline(arguments) => Ok(pipeline::run(&project, &arguments)),
        Command::Rollback(arguments) => Ok(pipeline::roll_back(&project, &arguments)),
        Command::Secret(command) => Ok(pipeline::secrets(&project, &command)),
        Command::Prepare(arguments) => prepare::run(&project, &arguments),
        Command::Invoke(arguments) => invoke::run(&project, &arguments),
        Command::Queue(arguments) => queue::run(&project, &arguments),
        Command::Logs(arguments) => logs::run(&project, &arguments),
        Command::Schedule(arguments) => schedule::run(&project, &arguments),
        Command::Mail(arguments) => mail::run(&project, &arguments),
        Command::Sync(arguments) => sync::run(&project, &arguments),
        Command::Image(arguments) => image::run(&project, &arguments),
        Command::New(new) => new::run(&project, new),
    });
    match done {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
