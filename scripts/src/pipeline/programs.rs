//! The one door to programs that others wrote (`aws`, `terraform`, `skopeo`, `git`, `cargo`, `curl`).
//!
//! Steps say which call they make and read what it wrote; whether it is carried out, only shown, or answered by a
//! test is decided elsewhere.

mod dry;
mod real;
#[cfg(test)]
mod recording;

use std::{path::PathBuf, time::Duration};

#[cfg(test)]
pub(crate) use self::recording::Recording;
pub(crate) use self::{dry::Dry, real::Real};

/// Runs programs.
pub(crate) trait Programs: Sync {
    /// Runs it to its end. The error: it could not be started.
    fn run(&self, call: &Call) -> Result<Output, String>;

    /// Waits before something is asked again.
    fn wait(&self, time: Duration);
}

/// A program, what it is told, and how.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    pub(crate) program: &'static str,
    pub(crate) arguments: Vec<String>,
    /// On standard input: the only way for a secret.
    pub(crate) input: Option<String>,
    /// Relative to the checkout.
    pub(crate) folder: PathBuf,
    /// Its lines are shown while it runs.
    pub(crate) is_shown: bool,
    /// It changes nothing and needs nobody but this machine: also a dry run carries it out.
    pub(crate) is_local: bool,
    /// What a dry run takes for its answer.
    pub(crate) assumed: String,
}

impl Call {
    pub(crate) fn new<A: Into<String>>(
        program: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program, arguments, ..Self::default() }
    }

    pub(crate) fn with<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(crate) fn input(mut self, text: impl Into<String>) -> Self {
        self.input = Some(text.into());
        self
    }

    pub(crate) fn shown(mut self) -> Self {
        self.is_shown = true;
        self
    }

    pub(crate) fn local(mut self) -> Self {
        self.is_local = true;
        self
    }

    pub(crate) fn assume(mut self, answer: impl Into<String>) -> Self {
        self.assumed = answer.into();
        self
    }

    /// As a developer would type it.
    pub(crate) fn line(&self) -> String {
        let quoted = self.arguments.iter().map(|argument| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
            let is_plain = !argument.is_empty() && argument.chars().all(is_plain);
            if is_plain { argument.clone() } else { format!("'{}'", argument.replace('\'', r"'\''")) }
        });
        let line = std::iter::once(self.program.to_owned()).chain(quoted).collect::<Vec<_>>().join(" ");
        if self.input.is_some() { format!("{line} < (standard input)") } else { line }
    }
}

/// What a program left behind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    /// As of a process; 128 and more when a signal ended it.
    pub(crate) code: i32,
    pub(crate) text: String,
    /// Standard error.
    pub(crate) complaint: String,
}

impl Output {
    pub(crate) fn succeeded(&self) -> bool {
        self.code == 0
    }

    /// The last lines of what it complained of, or of what it said.
    pub(crate) fn reason(&self) -> String {
        let told = if self.complaint.trim().is_empty() { &self.text } else { &self.complaint };
        let lines: Vec<_> = told.trim().lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_shown_so_that_a_shell_takes_it_and_without_its_input() {
        let call = Call::new("aws", ["ssm", "x y", "it's", ""]).input("the secret");
        assert_eq!(call.line(), r"aws ssm 'x y' 'it'\''s' '' < (standard input)");
    }
}
