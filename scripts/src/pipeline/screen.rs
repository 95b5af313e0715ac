//! What people see: at a terminal a line that moves, in CI plain lines. Without secrets in either.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};

use super::mask::Masks;

/// Where a pipeline writes.
pub(crate) struct Screen {
    pub(crate) masks: Masks,
    /// Only at a terminal.
    bar: Option<ProgressBar>,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let is_attended = io::stdout().is_terminal() && io::stderr().is_terminal();
        let bar = is_attended.then(ProgressBar::no_length);
        // Between steps there is nothing to draw.
        bar.iter().for_each(ProgressBar::finish_and_clear);
        Self { masks: Masks::of_environment(), bar }
    }

    /// Writes nothing anywhere.
    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        Self { masks: Masks::default(), bar: Some(ProgressBar::hidden()) }
    }

    /// One line that stays.
    pub(crate) fn line(&self, text: &str) {
        let masked = self.masks.apply(text);
        match &self.bar {
            Some(bar) if bar.is_hidden() => {}
            Some(bar) => bar.suspend(|| println!("{masked}")),
            // One write, so that lines of parallel work do not mix; a reader who left is no reason to stop.
            None => drop(io::stdout().lock().write_all(format!("{masked}\n").as_bytes())),
        }
    }

    /// Says what is waited for now; in CI only when it is something new.
    pub(crate) fn waiting(&self, text: &str, is_new: bool) {
        match &self.bar {
            Some(bar) => bar.set_message(self.masks.apply(text)),
            None if is_new => self.line(&format!("  {text}")),
            None => {}
        }
    }

    /// Around a step: its name, how long it took, how it ended.
    pub(crate) fn step<T, E>(
        &self,
        name: &str,
        work: impl FnOnce() -> Result<T, E>,
        told: impl FnOnce(&T) -> String,
    ) -> Result<T, E> {
        let started = Instant::now();
        self.begin(name);
        let result = work();
        if let Some(bar) = &self.bar {
            bar.set_message("");
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
        let seconds = started.elapsed().as_secs_f64();
        match &result {
            Ok(done) => self.line(&format!("✔ {name} {seconds:.1} s  {}", told(done))),
            Err(_) => self.line(&format!("✘ {name} {seconds:.1} s")),
        }
        result
    }

    fn begin(&self, name: &str) {
        match &self.bar {
            Some(bar) => {
                if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}") {
                    bar.set_style(style);
                }
                bar.set_prefix(name.to_owned());
                bar.reset();
                bar.enable_steady_tick(Duration::from_millis(120));
            }
            None => self.line(&format!("▶ {name}")),
        }
    }

    /// A line that somebody types at the terminal; none where nobody can.
    pub(crate) fn ask(&self, question: &str) -> Option<String> {
        let is_attended = io::stdin().is_terminal() && io::stdout().is_terminal();
        is_attended.then(|| self.typed(question, Term::read_line)).flatten()
    }

    /// As [`Screen::ask`], and nothing of it appears.
    pub(crate) fn ask_secret(&self, question: &str) -> Option<String> {
        let is_attended = io::stdin().is_terminal();
        is_attended.then(|| self.typed(question, Term::read_secure_line)).flatten()
    }

    fn typed(&self, question: &str, read: impl FnOnce(&Term) -> io::Result<String>) -> Option<String> {
        let work = || {
            let terminal = Term::stderr();
            terminal.write_str(question).ok()?;
            read(&terminal).ok()
        };
        match &self.bar {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }
}
