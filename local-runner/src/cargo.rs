//! Builds the heads' bundles with cargo and understands what it says.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Stdio,
};

use adapter::launcher;
use catalog::Head;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
};

/// What cargo is started with: the same selection as `cargo velox dev`, or the dependencies' features would
/// differ and everything be built twice.
pub const SELECTION: [&str; 2] = ["build", "--workspace"];

/// How a build ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Built {
    /// All executables are up to date.
    Yes,
    /// Not all are.
    No(Failure),
}

/// What a build that failed says and leaves.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What the compiler says, one entry an error, ready to be shown.
    pub errors: Vec<String>,
    /// The executables that are up to date nevertheless.
    pub built: Vec<String>,
}

/// Cargo in a checkout.
#[derive(Debug, Clone)]
pub struct Cargo {
    project: PathBuf,
    profile: Vec<String>,
    coloured: bool,
}

impl Cargo {
    /// `executables` is cargo's folder for them: its name tells the profile.
    #[must_use]
    pub fn new(project: &Path, executables: &Path, coloured: bool) -> Self {
        let profile = match executables.file_name().and_then(|name| name.to_str()) {
            None | Some("debug") => Vec::new(),
            Some(profile) => vec!["--profile".to_owned(), profile.to_owned()],
        };
        Self { project: project.to_owned(), profile, coloured }
    }

    /// Builds these executables. Dropping the future stops cargo and its compilers.
    ///
    /// # Errors
    /// When cargo cannot be run; a program that does not compile is [`Built::No`].
    pub async fn build(&self, executables: &[&str]) -> io::Result<Built> {
        let mut running = Running(launcher::spawn(self.command(executables)).await?);
        let (stdout, stderr) = (running.0.stdout.take(), running.0.stderr.take());
        let (Some(stdout), Some(mut stderr)) = (stdout, stderr) else {
            return Err(io::Error::other("cargo was started without pipes"));
        };
        let mut said = Vec::new();
        let messages = async {
            let mut lines = BufReader::new(stdout).lines();
            let mut failure = Failure::default();
            while let Some(line) = lines.next_line().await? {
                failure.take(&line);
            }
            io::Result::Ok(failure)
        };
        let (mut failure, _) = futures::try_join!(messages, stderr.read_to_end(&mut said))?;
        if running.0.wait().await?.success() {
            return Ok(Built::Yes);
        }
        // Without a compiler's error it is cargo's own: a manifest, a missing package, a linker.
        if failure.errors.is_empty() {
            failure.errors.push(String::from_utf8_lossy(&said).trim().to_owned());
        }
        Ok(Built::No(failure))
    }

    fn command(&self, executables: &[&str]) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = launcher::command(cargo).death_signal(Signal::INT.as_raw()).build();
        let format = if self.coloured { "json-diagnostic-rendered-ansi" } else { "json" };
        command
            .args(SELECTION)
            .args(["--quiet", "--keep-going"])
            .args(["--message-format", format])
            .args(&self.profile);
        for executable in executables {
            command.args(["--bin", executable]);
        }
        for (key, _) in env::vars_os().filter(|(key, _)| is_of_a_cargo_run(&key.to_string_lossy())) {
            command.env_remove(key);
        }
        command.current_dir(&self.project).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Variables that cargo sets for the programs it runs. Build scripts ask for some of them, and a build with
/// them would rebuild what a build without them made.
fn is_of_a_cargo_run(key: &str) -> bool {
    const PREFIXES: [&str; 4] = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_"];
    key == "CARGO" || key == "CARGO_PRIMARY_PACKAGE" || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

/// Cargo and the compilers in its process group.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let group = self.0.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::INT);
        }
    }
}

#[derive(Deserialize)]
struct Line {
    reason: String,
    message: Option<Diagnostic>,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

impl Failure {
    /// Heads that are up to date and heads that are not.
    #[must_use]
    pub fn divide(&self, heads: &[Head]) -> (Vec<Head>, Vec<Head>) {
        heads.iter().partition(|head| self.built.iter().any(|name| name == head.name()))
    }

    /// Takes what matters from a line of cargo's output (The Cargo Book, "External tools: JSON messages").
    fn take(&mut self, line: &str) {
        let Ok(line) = serde_json::from_str::<Line>(line) else { return };
        match (line.reason.as_str(), line.message, line.target) {
            ("compiler-message", Some(message), _) if message.level.starts_with("error") => {
                // The same error comes once for each target that is made of the file.
                let new = |text: &String| !text.contains("aborting due to") && !self.errors.contains(text);
                let text = message.rendered.filter(new);
                self.errors.extend(text);
            }
            ("compiler-artifact", _, Some(target)) if line.executable.is_some() => {
                self.built.push(target.name);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_taken_and_warnings_left() {
        let line = |level| {
            format!(
                r#"{{"reason":"compiler-message","message":{{"level":"{level}","rendered":"{level}: x"}}}}"#
            )
        };
        let mut failure = Failure::default();
        failure.take(&line("warning"));
        failure.take(r#"{"reason":"build-finished","success":true}"#);
        assert_eq!(failure, Failure::default());
        failure.take(&line("error"));
        failure.take(&line("error"));
        assert_eq!(failure.errors, ["error: x"]);
        failure.take(r#"{"reason":"compiler-artifact","target":{"name":"look"},"executable":null}"#);
        failure.take(r#"{"reason":"compiler-artifact","target":{"name":"web"},"executable":"/t/web"}"#);
        assert_eq!(failure.built, ["web"]);
    }

    #[test]
    fn what_cargo_tells_its_children_is_not_told_to_the_next_cargo() {
        assert!(is_of_a_cargo_run("CARGO_MANIFEST_DIR") && is_of_a_cargo_run("CARGO_PKG_NAME"));
        assert!(!is_of_a_cargo_run("CARGO_HOME") && !is_of_a_cargo_run("CARGO_TARGET_DIR"));
    }
}
