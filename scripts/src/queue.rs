//! `cargo velox queue`: what the dashboard does with queues, in a terminal, through the SQS protocol.

use std::{fs, path::PathBuf, process::ExitCode};

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
    #[command(flatten)]
    place: Place,
}

#[derive(Subcommand)]
enum Action {
    /// All queues: what waits, what is being worked on, what is delayed.
    List,
    /// Shows messages and leaves them there. Each is counted as received once more.
    Peek {
        #[command(flatten)]
        queue: Queue,
        /// At most so many, 1 to 10.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=10))]
        max: u8,
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
    let said = match &arguments.action {
        Action::List => list(&sqs)?,
        Action::Peek { queue, max } => peek(&sqs, &queue.name()?, *max)?,
        Action::Send { queue, body, file } => {
            let body = match (body, file) {
                (Some(body), _) => body.clone(),
                (None, Some(file)) => {
                    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?
                }
                (None, None) => return Err("give a body or --file".to_owned()),
            };
            let sent =
                sqs.call("SendMessage", &json!({ "QueueUrl": url(&queue.name()?), "MessageBody": body }))?;
            format!("sent {}", text(&sent["MessageId"]))
        }
        Action::Redrive { function } => {
            let letters = Queue { function: function.clone(), dead_letters: true }.name()?;
            let arn = format!("arn:aws:sqs:{}:{ACCOUNT}:{letters}", names::REGION);
            sqs.call("StartMessageMoveTask", &json!({ "SourceArn": arn }))?;
            format!("the messages of {letters} go back to the queue of {function}")
        }
        Action::Purge { queue } => {
            let name = queue.name()?;
            sqs.call("PurgeQueue", &json!({ "QueueUrl": url(&name) }))?;
            format!("{name} is empty")
        }
    };
    println!("{said}");
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
    /// A queue that is not there may be one that the runner makes as soon as a changed catalogue has compiled.
    fn call(&self, operation: &str, input: &Value) -> Result<Value, String> {
        match self.ask(operation, input) {
            Err(refusal) if refusal.contains("QueueDoesNotExist") => {
                // Broken off when the runner starts anew, which is as good an answer.
                let _ = self.0.control("GET", "/control/settled");
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

fn list(sqs: &Sqs) -> Result<String, String> {
    const COUNTS: [&str; 3] = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ];
    let queues = sqs.call("ListQueues", &json!({}))?;
    let mut lines = vec![format!("{:<56} {:>8} {:>10} {:>8}", "queue", "waiting", "in flight", "delayed")];
    for queue in queues["QueueUrls"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let input = json!({ "QueueUrl": queue, "AttributeNames": COUNTS });
        let found = sqs.call("GetQueueAttributes", &input)?;
        let [waiting, in_flight, delayed] = COUNTS.map(|name| text(&found["Attributes"][name]));
        let name = queue.rsplit('/').next().unwrap_or_default();
        lines.push(format!("{name:<56} {waiting:>8} {in_flight:>10} {delayed:>8}"));
    }
    Ok(lines.join("\n"))
}

fn peek(sqs: &Sqs, name: &str, max: u8) -> Result<String, String> {
    let input = json!({
        "QueueUrl": url(name), "MaxNumberOfMessages": max, "VisibilityTimeout": 0,
        "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
    });
    let found = sqs.call("ReceiveMessage", &input)?;
    let messages = found["Messages"].as_array().into_iter().flatten();
    let shown: Vec<_> = messages
        .map(|message| {
            let received = text(&message["Attributes"]["ApproximateReceiveCount"]);
            format!("{}  (receive count {received})\n{}", text(&message["MessageId"]), text(&message["Body"]))
        })
        .collect();
    Ok(if shown.is_empty() { format!("nothing waits in {name}") } else { shown.join("\n\n") })
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
