//! What the developer reads: lines on standard output, coloured when a person looks at it.
//!
//! Lines go through a thread of their own, so that a paused terminal never holds up a request.

mod banner;
mod log_line;
mod records;

use std::{
    env,
    io::{self, IsTerminal, Write},
    sync::mpsc,
    thread,
};

use chrono::Local;
use owo_colors::{OwoColorize, Style};
use serde_json::Value;

pub use banner::{Banner, Demo};

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, with colours.
    Coloured,
    /// For people, without.
    Plain,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// JSON when asked for; colours on a terminal unless `NO_COLOR` is set (no-color.org).
    #[must_use]
    pub fn choose(json: bool) -> Self {
        let colourless = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match (json, io::stdout().is_terminal() && !colourless) {
            (true, _) => Self::Json,
            (false, true) => Self::Coloured,
            (false, false) => Self::Plain,
        }
    }
}

enum Message {
    Line(String),
    Flush(mpsc::SyncSender<()>),
}

/// Prints lines in the order in which they are given. Copies share the same output.
#[derive(Debug, Clone)]
pub struct Console {
    format: Format,
    lines: mpsc::Sender<Message>,
}

impl Console {
    /// Starts the thread that prints.
    #[must_use]
    pub fn start(format: Format) -> Self {
        let (lines, received) = mpsc::channel();
        thread::spawn(move || {
            for message in received {
                match message {
                    // Nobody reads any more: the runner goes on.
                    Message::Line(line) => drop(writeln!(io::stdout().lock(), "{line}")),
                    Message::Flush(done) => drop((io::stdout().flush(), done.send(()))),
                }
            }
        });
        Self { format, lines }
    }

    /// How lines look.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// A line of the runner itself.
    pub fn say(&self, text: &str) {
        self.print(self.stamped(text), || serde_json::json!({ "kind": "runner", "message": text }));
    }

    /// Something that the developer has to look at.
    pub fn complain(&self, text: &str) {
        let red = self.paint(text, Style::new().red());
        self.print(self.stamped(&red), || serde_json::json!({ "kind": "error", "message": text }));
    }

    /// Waits until everything said is printed.
    pub fn flush(&self) {
        let (done, printed) = mpsc::sync_channel(1);
        if self.lines.send(Message::Flush(done)).is_ok() {
            let _ = printed.recv();
        }
    }

    fn print(&self, text: String, json: impl FnOnce() -> Value) {
        let line = match self.format {
            Format::Json => {
                let mut value = json();
                value["time"] = Local::now().to_rfc3339().into();
                value.to_string()
            }
            Format::Coloured | Format::Plain => text,
        };
        // The thread ends with the process alone.
        let _ = self.lines.send(Message::Line(line));
    }

    fn paint(&self, text: &str, style: Style) -> String {
        match self.format {
            Format::Coloured => text.style(style).to_string(),
            Format::Plain | Format::Json => text.to_owned(),
        }
    }

    fn stamped(&self, text: &str) -> String {
        let time = Local::now().format("%H:%M:%S").to_string();
        format!("{} {text}", self.paint(&time, Style::new().dimmed()))
    }
}
