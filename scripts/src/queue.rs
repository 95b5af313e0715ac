//! `cargo velox queue`: what the dashboard does with queues, in a terminal. It looks as the dashboard does, without
//! receiving, and acts through the SQS protocol.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use catalog::{FUNCTIONS, names};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    project::Project,
    runner::{Place, Runner},
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
    /// All queues: what waits, what is being worked on, what is delayed.
    List,
    /// Shows the oldest messages. It looks at them without receiving: nothing changes by it.
    Peek {
        #[command(flatten)]
        queue: Queue,
        /// At most so many, 1 to 1000.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
        max: u16,
    },
    /// Sends a message.
    Send {
        #[command(flatten)]
        queue: Queue,
        /// Its body.
        #[arg(required_unless_present = "file", conflicts_with = "file")]
        body: Option<String>,
        /// A file with its body.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Moves the dead letters of a function back to its queue.
    Redrive {
        /// The function's name in the catalogue.
        function: String,
    },
    /// Deletes all messages.
    Purge {
        #[command(flatten)]
        queue: Queue,
    },
}

#[derive(Args)]
struct Queue {
    /// The name in the catalogue of the function that the queue is for.
    function: String,
    /// Its dead-letter queue instead.
    #[arg(long)]
    dead_letters: bool,
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let sqs = Sqs(Runner::find(project, &arguments.place)?);
    let (answer, said) = match &arguments.action {
        Action::List => {
            let all = sqs.0.control_json("GET", "/control/queues")?;
            let said = table(&all);
            (all, said)
        }
        Action::Peek { queue, max } => peek(&sqs, &queue.name()?, *max)?,
        Action::Send { queue, body, file } => send(&sqs, &queue.name()?, body.as_deref(), file.as_deref())?,
        Action::Redrive { function } => {
            let letters = Queue { function: function.clone(), dead_letters: true }.name()?;
            let arn = format!("arn:aws:sqs:{}:{ACCOUNT}:{letters}", names::REGION);
            let task = sqs.call("StartMessageMoveTask", &json!({ "SourceArn": arn }))?;
            let said = format!("the messages of {letters} go back to the queue of {function}");
            (json!({ "queue": letters, "task": task["TaskHandle"] }), said)
        }
        Action::Purge { queue } => {
            let name = queue.name()?;
            sqs.call("PurgeQueue", &json!({ "QueueUrl": url(&name) }))?;
            let said = format!("{name} is empty");
            (json!({ "queue": name, "done": "purge" }), said)
        }
    };
    println!("{}", if arguments.json { answer.to_string() } else { said });
    Ok(ExitCode::SUCCESS)
}

impl Queue {
    fn name(&self) -> Result<String, String> {
        let function = self.function.as_str();
        let found = catalog::find(function).filter(|found| found.payload().is_some());
        let all = || {
            let consumers = FUNCTIONS.iter().filter(|function| function.payload().is_some());
            consumers.map(|function| function.name).collect::<Vec<_>>().join(", ")
        };
        let found = found.ok_or_else(|| format!("`{function}` has no queue; these have: {}", all()))?;
        let name = if self.dead_letters { names::dead_letter_queue } else { names::queue };
        Ok(name(found.name))
    }
}

/// Of the local cloud.
const ACCOUNT: &str = "000000000000";

/// The host is the runner's: SQS looks at the path alone.
fn url(name: &str) -> String {
    format!("http://127.0.0.1/{ACCOUNT}/{name}")
}

/// Amazon SQS, JSON protocol.
struct Sqs(Runner);

impl Sqs {
    /// Waits until nothing is being built: a queue that is not there may be one that the runner makes as soon as a
    /// changed catalogue has compiled.
    fn settle(&self) {
        // Broken off when the runner starts anew, which is as good an answer.
        let _ = self.0.control("GET", "/control/settled");
    }

    fn call(&self, operation: &str, input: &Value) -> Result<Value, String> {
        match self.ask(operation, input) {
            Err(refusal) if refusal.contains("QueueDoesNotExist") => {
                self.settle();
                self.ask(operation, input)
            }
            other => other,
        }
    }

    fn ask(&self, operation: &str, input: &Value) -> Result<Value, String> {
        let headers =
            format!("content-type: application/x-amz-json-1.0\r\nx-amz-target: AmazonSQS.{operation}\r\n");
        let reply = self.0.post("/", &headers, input.to_string().as_bytes())?;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        if reply.status == 200 {
            return Ok(answer);
        }
        let kind = text(&answer["__type"]);
        let kind = kind.rsplit('#').next().unwrap_or_default();
        Err(format!("{operation} was refused ({}): {kind}: {}", reply.status, text(&answer["message"])))
    }
}

fn send(sqs: &Sqs, name: &str, body: Option<&str>, file: Option<&Path>) -> Result<(Value, String), String> {
    let body = match (body, file) {
        (Some(body), _) => body.to_owned(),
        (None, Some(file)) => {
            fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?
        }
        (None, None) => return Err("give a body or --file".to_owned()),
    };
    let sent = sqs.call("SendMessage", &json!({ "QueueUrl": url(name), "MessageBody": body }))?;
    let said = format!("sent {}", text(&sent["MessageId"]));
    Ok((json!({ "queue": name, "id": sent["MessageId"] }), said))
}

fn table(all: &Value) -> String {
    let mut lines = vec![format!("{:<56} {:>8} {:>10} {:>8}", "queue", "waiting", "in flight", "delayed")];
    for queue in all["queues"].as_array().into_iter().flatten() {
        let name = text(&queue["name"]);
        match queue["error"].as_str() {
            Some(error) => lines.push(format!("{name:<56} {error}")),
            None => lines.push(format!(
                "{name:<56} {:>8} {:>10} {:>8}",
                text(&queue["ready"]),
                text(&queue["in_flight"]),
                text(&queue["delayed"])
            )),
        }
    }
    lines.join("\n")
}

fn peek(sqs: &Sqs, name: &str, max: u16) -> Result<(Value, String), String> {
    let ask = || sqs.0.control_json("GET", &format!("/control/queues/{name}?max={max}"));
    let found = match ask() {
        Err(refusal) if refusal.contains("no queue") => {
            sqs.settle();
            ask()
        }
        other => other,
    }?;
    let messages = found["messages"].as_array().into_iter().flatten();
    let mut shown: Vec<_> = messages
        .map(|message| {
            let (id, place) = (text(&message["id"]), text(&message["place"]));
            let count = text(&message["receive_count"]);
            format!("{id}  ({place}, receive count {count})\n{}", text(&message["body"]))
        })
        .collect();
    let total = found["total"].as_u64().and_then(|total| usize::try_from(total).ok()).unwrap_or(0);
    if total > shown.len() {
        shown.push(format!("the oldest {} of {total}", shown.len()));
    }
    let said = if shown.is_empty() { format!("nothing is in {name}") } else { shown.join("\n\n") };
    Ok((found, said))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_by_its_function() {
        let queue =
            |function: &str, dead_letters| Queue { function: function.to_owned(), dead_letters }.name();
        assert_eq!(queue("import-customers", false).as_deref(), Ok("velox-import-customers"));
        assert_eq!(queue("import-customers", true).as_deref(), Ok("velox-import-customers-dead-letters"));
        let refused = queue("web-home", false).unwrap_err();
        assert!(refused.contains("web-home") && refused.contains("import-customers"), "{refused}");
    }
}
