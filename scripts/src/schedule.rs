//! `cargo velox schedule`: what the dashboard does with schedules, in a terminal.

use std::process::ExitCode;

use catalog::names;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::{
    project::Project,
    runner::{Place, Runner},
    times,
};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// What the runner says, as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Subcommand)]
enum Action {
    /// All schedules: when they fired and will fire.
    List,
    /// Fires one now, besides its times.
    Run(Name),
    /// Fires it no more until it is resumed.
    Pause(Name),
    /// Fires it again from its next time on.
    Resume(Name),
    /// Moves the local cloud's clock forward and fires everything on the way, in its order.
    Travel {
        /// How far (30m, 2h, 1d, 1w), or to when (2026-12-24T18:00).
        to: String,
    },
}

#[derive(Args)]
struct Name {
    /// A function's name in the catalogue, or a schedule's, or group/name.
    schedule: String,
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let asked = match &arguments.action {
        Action::Travel { to } => Some(destination(to)?),
        _ => None,
    };
    let runner = Runner::find(project, &arguments.place)?;
    let (answer, text) = match &arguments.action {
        Action::List => {
            let all = runner.control_json("GET", "/control/schedules")?;
            let text = table(&all);
            (all, text)
        }
        Action::Run(name) => act(&runner, name, "run", "fired")?,
        Action::Pause(name) => act(&runner, name, "pause", "is paused")?,
        Action::Resume(name) => act(&runner, name, "resume", "is on again")?,
        Action::Travel { .. } => {
            let path = format!("/control/schedules/travel?{}", asked.unwrap_or_default());
            let done = runner.control_json("POST", &path)?;
            let now = times::clock(done["now"].as_str().unwrap_or_default(), Utc::now());
            let text = format!("{} fired on the way; it is {now} in the local cloud now", done["fires"]);
            (done, text)
        }
    };
    println!("{}", if arguments.json { answer.to_string() } else { text });
    Ok(ExitCode::SUCCESS)
}

/// As the query says it.
fn destination(text: &str) -> Result<String, String> {
    if let Some(span) = times::span(text) {
        return Ok(format!("by_minutes={}", span.num_minutes()));
    }
    let to = times::moment(text).map(|to| format!("to={}", times::in_query(to)));
    to.ok_or_else(|| {
        format!("`{text}` is neither a span like 30m, 2h or 1d nor a time like 2026-12-24T18:00")
    })
}

fn act(runner: &Runner, name: &Name, deed: &str, done: &str) -> Result<(Value, String), String> {
    let all = runner.control_json("GET", "/control/schedules")?;
    let (group, name) = find(&all, &name.schedule)?;
    let answer = runner.control_json("POST", &format!("/control/schedules/{group}/{name}/{deed}"))?;
    Ok((answer, format!("{name} {done}")))
}

fn schedules(all: &Value) -> impl Iterator<Item = &Value> {
    all["schedules"].as_array().into_iter().flatten()
}

/// Group and name of the schedule that is meant.
fn find<'a>(all: &'a Value, meant: &str) -> Result<(&'a str, &'a str), String> {
    let named = |schedule: &'a Value| Some((schedule["group"].as_str()?, schedule["name"].as_str()?));
    let full = format!("{}-{meant}", names::PREFIX);
    let is_meant =
        |(group, name): &(&str, &str)| *name == meant || *name == full || format!("{group}/{name}") == meant;
    schedules(all).filter_map(named).find(is_meant).ok_or_else(|| {
        let known: Vec<_> = schedules(all).filter_map(named).map(|(_, name)| name).collect();
        format!("there is no schedule `{meant}`; these are: {}", known.join(", "))
    })
}

fn table(all: &Value) -> String {
    let now: DateTime<Utc> = all["now"].as_str().and_then(times::moment).unwrap_or_else(Utc::now);
    let mut lines =
        vec![format!("{:<40} {:<24} {:<7} {:<20} next", "schedule", "when", "state", "last fire")];
    for schedule in schedules(all) {
        let text = |name: &str| schedule[name].as_str().unwrap_or_default();
        let state = if schedule["paused"] == true { "paused" } else { "on" };
        let last = schedule["last_fire"].as_str().map_or("none yet".to_owned(), |at| times::clock(at, now));
        let next = schedule["next_fires"][0].as_str().filter(|_| state == "on");
        let next = next.map_or("–".to_owned(), |at| times::clock(at, now));
        lines.push(format!("{:<40} {:<24} {state:<7} {last:<20} {next}", text("name"), text("words")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schedule_is_meant_by_its_function_its_name_or_its_group_and_name() {
        let all = json!({ "schedules": [
            { "group": "velox", "name": "velox-relay-outbox" }, { "group": "mine", "name": "reminder" },
        ] });
        for meant in ["relay-outbox", "velox-relay-outbox", "velox/velox-relay-outbox"] {
            assert_eq!(find(&all, meant), Ok(("velox", "velox-relay-outbox")), "{meant}");
        }
        assert_eq!(find(&all, "reminder"), Ok(("mine", "reminder")));
        let refused = find(&all, "outbox").unwrap_err();
        assert!(refused.contains("velox-relay-outbox, reminder"), "{refused}");
    }

    #[test]
    fn a_destination_is_a_span_or_a_time() {
        assert_eq!(destination("2h").as_deref(), Ok("by_minutes=120"));
        assert_eq!(destination("2026-12-24T18:00:00Z").as_deref(), Ok("to=2026-12-24T18:00:00.000Z"));
        assert!(destination("soon").is_err());
    }
}
