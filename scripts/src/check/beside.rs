//! A step that waits more than it works is done beside the steps that come after it: by a process of its own, whose
//! output is kept apart and printed whole when both are done.

use std::{
    io::{self, Read},
    path::PathBuf,
    process::{self, Child},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::Outcome;
use crate::project::Project;

/// This program, also when Cargo has put another in its place meanwhile.
pub(super) fn ourselves() -> Result<PathBuf, String> {
    let running = PathBuf::from(format!("/proc/{}/exe", process::id()));
    if running.exists() {
        return Ok(running);
    }
    std::env::current_exe().map_err(|error| format!("our own program: {error}"))
}

/// A step that is under way.
pub(super) struct Beside {
    pub(super) name: &'static str,
    child: Child,
    /// What it writes, and when it ended.
    output: JoinHandle<io::Result<(String, Instant)>>,
    started: Instant,
}

impl Beside {
    pub(super) fn start(project: &Project, name: &'static str) -> Result<Self, String> {
        let failed = |error: io::Error| format!("{name}: {error}");
        let (mut reader, writer) = io::pipe().map_err(failed)?;
        let mut command = project.command(ourselves()?);
        command.args(["test", "--only", name]).stdin(process::Stdio::null());
        command.stdout(writer.try_clone().map_err(failed)?).stderr(writer);
        let child = command.spawn().map_err(failed)?;
        // It holds the pipe's other end, and reading would not end before it is gone.
        drop(command);
        let output = std::thread::spawn(move || {
            let mut text = Vec::new();
            reader.read_to_end(&mut text)?;
            Ok((String::from_utf8_lossy(&text).into_owned(), Instant::now()))
        });
        Ok(Self { name, child, output, started: Instant::now() })
    }

    /// Waits for its end and prints what it wrote. How it ended, and how long it took.
    pub(super) fn end(mut self) -> (Result<Outcome, String>, Duration) {
        let read = self.output.join().expect("it does not panic");
        let status = self.child.wait();
        let (text, ended) = match read {
            Ok(read) => read,
            Err(error) => return (Err(format!("its output: {error}")), self.started.elapsed()),
        };
        println!("\n{}", text.trim());
        let took = ended - self.started;
        match status {
            Ok(status) if status.success() => (Ok(outcome(&text)), took),
            Ok(status) => (Err(format!("failed ({status}); what it wrote stands above")), took),
            Err(error) => (Err(error.to_string()), took),
        }
    }
}

/// The last line of a check of one step says how it ended.
fn outcome(text: &str) -> Outcome {
    let last = text.trim_end().lines().last().unwrap_or_default();
    match last.split_once("skipped: ") {
        Some((_, why)) if last.starts_with('–') => Outcome::Skipped(why.to_owned()),
        _ => Outcome::Passed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_skipped_itself_is_told_from_one_that_was_done() {
        let skipped =
            "▶ Terraform is valid\n\n– Terraform is valid    0.1 s skipped: terraform is not on the PATH\n";
        assert!(matches!(outcome(skipped), Outcome::Skipped(why) if why == "terraform is not on the PATH"));
        let done = "▶ a step\nskipped: one test\n\n✔ a step    12.0 s \n";
        assert!(matches!(outcome(done), Outcome::Passed));
    }
}
