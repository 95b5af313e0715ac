//! `cargo velox mail`: what the dashboard's mailbox shows, in a terminal.

use std::process::ExitCode;

use chrono::Utc;
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
    /// All mail, the latest first.
    List,
    /// One mail: its head, and its text or else its HTML.
    Show {
        /// Its id, or the beginning of it; `latest` is the latest.
        #[arg(default_value = "latest")]
        id: String,
    },
    /// Throws all mail away.
    Clear,
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let runner = Runner::find(project, &arguments.place)?;
    let (answer, text) = match &arguments.action {
        Action::List => {
            let all = runner.control_json("GET", "/control/mail")?;
            let text = table(&all);
            (all, text)
        }
        Action::Show { id } => {
            let id = whole(&runner, id)?;
            let mail = runner.control_json("GET", &format!("/control/mail/{id}"))?;
            let text = shown(&mail);
            (mail, text)
        }
        Action::Clear => {
            let done = runner.control_json("POST", "/control/mail/clear")?;
            let text = format!("{} thrown away", done["cleared"]);
            (done, text)
        }
    };
    println!("{}", if arguments.json { answer.to_string() } else { text });
    Ok(ExitCode::SUCCESS)
}

/// The id that begins like this, if one alone does.
fn whole(runner: &Runner, id: &str) -> Result<String, String> {
    if id == "latest" {
        return Ok(id.to_owned());
    }
    let all = runner.control_json("GET", "/control/mail")?;
    let ids = mails(&all).filter_map(|mail| mail["id"].as_str()).filter(|known| known.starts_with(id));
    match ids.collect::<Vec<_>>()[..] {
        [one] => Ok(one.to_owned()),
        [] => Err(format!("there is no mail `{id}`: `cargo velox mail list` shows all")),
        _ => Err(format!("several ids begin with `{id}`: give more of it")),
    }
}

fn mails(all: &Value) -> impl Iterator<Item = &Value> {
    all["mail"].as_array().into_iter().flatten()
}

fn joined(list: &Value) -> String {
    let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.collect::<Vec<_>>().join(", ")
}

fn table(all: &Value) -> String {
    let lines: Vec<_> = mails(all)
        .map(|mail| {
            let text = |name: &str| mail[name].as_str().unwrap_or_default();
            let time = times::clock(text("received"), Utc::now());
            format!("{}  {time:<19}  {:<32}  {}", text("id"), joined(&mail["to"]), text("subject"))
        })
        .collect();
    if lines.is_empty() { "no mail".to_owned() } else { lines.join("\n") }
}

fn shown(mail: &Value) -> String {
    let text = |name: &str| mail[name].as_str().unwrap_or_default();
    let time = times::clock(text("received"), Utc::now());
    let mut lines = vec![
        format!("from     {}", text("from")),
        format!("to       {}", joined(&mail["to"])),
        format!("subject  {}", text("subject")),
        format!("at       {time}"),
    ];
    for attachment in mail["attachments"].as_array().into_iter().flatten() {
        let name = attachment["name"].as_str().unwrap_or_default();
        lines.push(format!("attached {name} ({} bytes)", attachment["bytes"]));
    }
    let body = mail["text"].as_str().or_else(|| mail["html"].as_str()).unwrap_or_default();
    lines.push(format!("\n{}", body.trim_end()));
    lines.join("\n")
}
