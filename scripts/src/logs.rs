//! `cargo velox logs`: what functions write, now and from now on.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use chrono::{TimeDelta, Utc};
use clap::Args;
use owo_colors::{OwoColorize, Style};
use serde_json::Value;

use crate::{
    invoke,
    project::Project,
    runner::{Place, Runner},
    times,
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Of this function alone; its name in the catalogue.
    function: Option<String>,
    /// Go on with what is written from now on.
    #[arg(long, short)]
    follow: bool,
    /// At least as severe: trace, debug, info, warn, error.
    #[arg(long)]
    level: Option<String>,
    /// Not older: a span like 10m, 2h or 1d, or a time like 2026-12-24T18:00.
    #[arg(long)]
    since: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let path = path(arguments)?;
    let runner = Runner::find(project, &arguments.place)?;
    let mut out = io::stdout().lock();
    let coloured = out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut print = |line: &str| {
        let shown = if arguments.json { line.to_owned() } else { shown(line, coloured) };
        // Nobody reads any more: the end.
        writeln!(out, "{shown}").and_then(|()| out.flush()).is_ok()
    };
    if arguments.follow {
        runner.follow(&path, print)?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = runner.control("GET", &path)?;
    let text = String::from_utf8_lossy(&lines);
    let _ = text.lines().all(&mut print);
    if text.is_empty() && !arguments.json {
        eprintln!("nothing was written yet that you ask for (`--follow` waits for it)");
    }
    Ok(ExitCode::SUCCESS)
}

fn path(arguments: &Arguments) -> Result<String, String> {
    let mut query = vec![format!("follow={}", arguments.follow)];
    if let Some(function) = &arguments.function {
        if catalog::find(function).is_none() {
            return Err(invoke::unknown(function));
        }
        query.push(format!("function={function}"));
    }
    if let Some(level) = &arguments.level {
        let known = ["trace", "debug", "info", "warn", "error"].contains(&level.to_lowercase().as_str());
        if !known {
            return Err(format!("`{level}` is no level; these are: trace, debug, info, warn, error"));
        }
        query.push(format!("level={level}"));
    }
    if let Some(since) = &arguments.since {
        let ago = |span: TimeDelta| Utc::now().checked_sub_signed(span);
        let time = times::span(since).and_then(ago).or_else(|| times::moment(since));
        let time = time.ok_or_else(|| {
            format!("`{since}` is neither a span like 10m, 2h or 1d nor a time like 2026-12-24T18:00")
        })?;
        query.push(format!("since={}", times::in_query(time)));
    }
    Ok(format!("/control/logs?{}", query.join("&")))
}

/// A line for people.
fn shown(line: &str, coloured: bool) -> String {
    let Ok(line) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    let paint =
        |text: &str, style: Style| if coloured { text.style(style).to_string() } else { text.to_owned() };
    let level = match text("level") {
        "ERROR" => paint("ERROR", Style::new().red().bold()),
        "WARN" => paint("WARN ", Style::new().yellow()),
        other => paint(&format!("{other:<5}"), Style::new().dimmed()),
    };
    let time = paint(&times::clock(text("time"), Utc::now()), Style::new().dimmed());
    let (function, fields) =
        (paint(text("function"), Style::new().magenta()), paint(text("fields"), Style::new().dimmed()));
    format!("{time} {function} {level} {} {fields}", text("message")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_when_who_how_severe_and_what() {
        let line = r#"{"time":"2020-03-01T10:00:00Z","function":"web-home","level":"WARN","message":"slow","fields":"ms=3"}"#;
        let shown = shown(line, false);
        assert!(
            shown.ends_with(":00:00 web-home WARN  slow ms=3") && shown.starts_with("2020-03-01"),
            "{shown}"
        );
    }
}
