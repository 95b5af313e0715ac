//! How a function fares.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use adapter::observer::{ProcessChange, ProcessEvent};
use chrono::{DateTime, Utc};

use super::Line;

/// How many of the latest durations count for the percentiles.
const DURATIONS: usize = 500;
/// Lines that belong to no request.
const LINES: usize = 100;
/// Lines that are taken for the text of a panic.
const PANIC_LINES: usize = 12;

/// What is known of a function since the runner's start.
#[derive(Debug, Clone, Default)]
pub struct FunctionRecord {
    /// Invocations that have ended.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// When the latest ended.
    pub last_call: Option<DateTime<Utc>>,
    /// Its processes by their ids.
    pub processes: BTreeMap<u32, Process>,
    /// The latest panic.
    pub last_panic: Option<Trouble>,
    /// Why the latest invocation that failed did, or why a process ended or did not start.
    pub last_trouble: Option<Trouble>,
    /// What it wrote lately, oldest first.
    pub lines: VecDeque<Line>,
    durations: VecDeque<Duration>,
    panic_lines_left: usize,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// When.
    pub at: DateTime<Utc>,
    /// What was said about it, often several lines.
    pub text: String,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// What it is about.
    pub phase: Phase,
    /// When it was started.
    pub started: DateTime<Utc>,
    /// From its start to its first poll.
    pub ready_after: Option<Duration>,
}

/// What a process is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It has not polled yet.
    Starting,
    /// It works.
    Ready,
    /// It ends when it is done.
    Retiring,
}

impl FunctionRecord {
    /// The duration below which so many of a hundred of the latest invocations stayed.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Option<Duration> {
        let mut sorted: Vec<_> = self.durations.iter().copied().collect();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied()
    }

    pub(super) fn called(&mut self, duration: Duration, failed: bool, now: DateTime<Utc>) {
        self.calls += 1;
        self.errors += u64::from(failed);
        self.last_call = Some(now);
        if self.durations.len() == DURATIONS {
            self.durations.pop_front();
        }
        self.durations.push_back(duration);
    }

    pub(super) fn troubled(&mut self, text: &str, now: DateTime<Utc>) {
        self.last_trouble = Some(Trouble { at: now, text: text.to_owned() });
    }

    pub(super) fn process(&mut self, event: &ProcessEvent<'_>, now: DateTime<Utc>) {
        match event.change {
            ProcessChange::Started => {
                if let Some(pid) = event.pid {
                    let process = Process { phase: Phase::Starting, started: now, ready_after: None };
                    self.processes.insert(pid, process);
                }
            }
            ProcessChange::Ready(took) => self.with_process(event.pid, |process| {
                (process.phase, process.ready_after) = (Phase::Ready, Some(took));
            }),
            ProcessChange::Retiring(_) => {
                self.with_process(event.pid, |process| process.phase = Phase::Retiring);
            }
            ProcessChange::Killed(why) => {
                self.with_process(event.pid, |process| process.phase = Phase::Retiring);
                self.troubled(&format!("the process was killed: {why}"), now);
            }
            ProcessChange::Stopped => self.gone(event.pid),
            ProcessChange::Exited { status, last_lines } => {
                self.gone(event.pid);
                self.troubled(&format!("the process ended: {status}\n{}", last_lines.join("\n")), now);
            }
            ProcessChange::StartFailed { reason, .. } => {
                self.gone(event.pid);
                self.troubled(&format!("the process did not start: {reason}"), now);
            }
        }
    }

    /// Rust writes a panic as a line with its place, the message, and a note.
    pub(super) fn wrote(&mut self, line: Line, now: DateTime<Utc>) {
        if line.plain_error && line.message.starts_with("thread '") && line.message.contains("panicked at") {
            self.last_panic = Some(Trouble { at: now, text: line.message.clone() });
            self.panic_lines_left = PANIC_LINES;
        } else if self.panic_lines_left > 0 && line.plain_error && !line.message.starts_with("note: ") {
            self.panic_lines_left -= 1;
            if let Some(panic) = &mut self.last_panic {
                panic.text.push('\n');
                panic.text.push_str(&line.message);
            }
        } else if !line.message.is_empty() {
            self.panic_lines_left = 0;
        }
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    fn with_process(&mut self, pid: Option<u32>, change: impl FnOnce(&mut Process)) {
        if let Some(process) = pid.and_then(|pid| self.processes.get_mut(&pid)) {
            change(process);
        }
    }

    fn gone(&mut self, pid: Option<u32>) {
        if let Some(pid) = pid {
            self.processes.remove(&pid);
        }
    }
}
