//! Processes of this machine.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use super::{Call, Output, Programs};
use crate::{pipeline::screen::Screen, project::Project};

pub(crate) struct Real<'a> {
    pub(crate) project: &'a Project,
    pub(crate) screen: &'a Screen,
}

impl Real<'_> {
    fn command(&self, call: &Call) -> Command {
        let mut command =
            if call.program == "cargo" { self.project.cargo() } else { self.project.command(call.program) };
        command.args(&call.arguments).current_dir(self.project.path(&call.folder));
        // Nobody is there to leaf through an answer or to be asked.
        command.env("AWS_PAGER", "").env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0");
        command.stdin(if call.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Reads to the end, and shows each line on its way.
    fn read(&self, from: impl Read, is_shown: bool) -> String {
        let mut text = String::new();
        let mut lines = BufReader::new(from);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
            let told = String::from_utf8_lossy(&line);
            if is_shown {
                self.screen.line(told.trim_end_matches(['\r', '\n']));
            }
            text.push_str(&told);
            line.clear();
        }
        text
    }
}

impl Programs for Real<'_> {
    fn run(&self, call: &Call) -> Result<Output, String> {
        let mut child = self.command(call).spawn().map_err(|error| format!("{}: {error}", call.program))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (text, complaint) = thread::scope(|scope| {
            let complaint = scope.spawn(|| stderr.map(|from| self.read(from, call.is_shown)));
            tell(&mut child, call.input.as_deref());
            let text = stdout.map(|from| self.read(from, call.is_shown));
            (text.unwrap_or_default(), complaint.join().ok().flatten().unwrap_or_default())
        });
        let status = child.wait().map_err(|error| format!("{}: {error}", call.program))?;
        Ok(Output { code: code(status), text, complaint })
    }

    fn wait(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// A program that ends without reading says why by itself.
fn tell(child: &mut Child, input: Option<&str>) {
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        let _ = stdin.write_all(input.as_bytes());
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}
