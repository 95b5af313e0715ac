//! `cargo velox invoke`: Lambda's `Invoke` on the running local runner.

mod answer;

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use clap::Args;

use crate::{
    project::Project,
    runner::{Place, Runner},
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The function's name in the catalogue.
    function: String,
    /// The event [default: events/<function>/event.json].
    #[arg(long)]
    event: Option<PathBuf>,
    /// Status, error and payload as one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// A sentence about a function that the catalogue does not have.
pub(crate) fn unknown(name: &str) -> String {
    let known = catalog::FUNCTIONS.iter().map(|function| function.name);
    let near = catalog::nearest(name, known).join(", ");
    format!("the catalogue has no function `{name}`; nearest: {near}")
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let name = arguments.function.as_str();
    if catalog::find(name).is_none() {
        return Err(unknown(name));
    }
    let file = match &arguments.event {
        Some(file) => file.clone(),
        None => project.path(format!("events/{name}/event.json")),
    };
    let event = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let runner = Runner::find(project, &arguments.place)?;
    let started = Instant::now();
    let answer = invoke(&runner, name, &event)?;
    let took = started.elapsed().as_millis();
    println!("{}", if arguments.json { answer.as_json(took).to_string() } else { answer.shown(took) });
    Ok(if answer.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn invoke(runner: &Runner, function: &str, event: &[u8]) -> Result<answer::Answer, String> {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    runner.post(&path, "content-type: application/json\r\n", event).map(answer::Answer::of)
}
