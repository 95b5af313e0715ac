//! One line per request, job and event of a process.

use std::time::Duration;

use adapter::observer::{
    HttpRecord, InvocationRecord, InvocationSource, OutputStream, ProcessChange, ProcessEvent,
};
use owo_colors::Style;
use serde_json::json;

use super::{Console, log_line};
use crate::chaos::{Injected, Plan};

impl Console {
    /// An answered request.
    pub fn http(&self, record: &HttpRecord<'_>) {
        let function = record.function.as_deref().unwrap_or("no route");
        let style = match record.status {
            500.. => Style::new().red().bold(),
            400..500 => Style::new().yellow(),
            300..400 => Style::new().cyan(),
            _ => Style::new().green(),
        };
        let line = format!(
            "{:<5}{}{} → {} {} {}",
            record.method,
            self.dim(&record.host),
            record.path,
            self.paint(&record.status.to_string(), style),
            took(record.duration),
            self.dim(function),
        );
        self.print(self.stamped(&with_error(self, line, record.error.as_deref())), || {
            json!({
                "kind": "http", "method": record.method, "host": record.host, "path": record.path,
                "status": record.status, "ms": record.duration.as_secs_f64() * 1000.0, "function": record.function,
                "request_id": record.request_id, "error": record.error,
            })
        });
    }

    /// A job that has ended.
    pub fn job(&self, record: &InvocationRecord) {
        let what = match &record.source {
            InvocationSource::Queue(_) => {
                format!("{} of {} messages", record.batch_size - record.failures, record.batch_size)
            }
            InvocationSource::Message(_) => "schedule".to_owned(),
            InvocationSource::Direct => "direct".to_owned(),
            InvocationSource::Repeated(first) => format!("chaos: {first} once more"),
        };
        let outcome = match record.failures {
            0 => self.paint("ok", Style::new().green()),
            _ => self.paint("failed", Style::new().red().bold()),
        };
        let line = format!(
            "{:<5}{} {} → {outcome} {}",
            "JOB",
            record.function,
            self.dim(&what),
            took(record.duration)
        );
        self.print(self.stamped(&with_error(self, line, record.error.as_deref())), || {
            json!({
                "kind": "job", "function": record.function, "batch": record.batch_size, "failures": record.failures,
                "ms": record.duration.as_secs_f64() * 1000.0, "request_id": record.request_id, "error": record.error,
            })
        });
    }

    /// A fault that chaos injected.
    pub fn injected(&self, injected: &Injected) {
        let Injected { rule, called, what, call, request_id, .. } = injected;
        let whose = request_id.as_deref().map(|id| format!(" in {id}")).unwrap_or_default();
        let line = format!(
            "{:<5} {called}: {what} {}",
            self.paint("CHAOS", Style::new().magenta().bold()),
            self.dim(&format!("({rule}, call {call}{whose})"))
        );
        self.print(self.stamped(&line), || {
            json!({
                "kind": "chaos", "rule": **rule, "called": called, "call": call, "what": what,
                "request_id": request_id,
            })
        });
    }

    /// What chaos does from now on.
    pub fn chaos(&self, plan: &Plan) {
        let text = match plan.rules.len() {
            0 => "chaos is off".to_owned(),
            _ => format!("chaos is on: --chaos '{}' --chaos-seed {}", plan.text(), plan.seed),
        };
        let painted = self.paint(&text, Style::new().magenta().bold());
        self.print(
            self.stamped(&painted),
            || json!({ "kind": "chaos", "rules": plan.text(), "seed": plan.seed }),
        );
    }

    /// What a process did unasked. Starts and orderly stops are no news.
    pub fn process(&self, event: &ProcessEvent<'_>) {
        let text = match event.change {
            ProcessChange::Exited { status, last_lines } => {
                format!("{} exited: {status}{}", event.function, indented(last_lines))
            }
            ProcessChange::Killed(why) => format!("{} was killed: {why}", event.function),
            ProcessChange::StartFailed { reason, pause } => {
                format!("{} cannot start: {reason} (next try in {})", event.function, took(pause))
            }
            ProcessChange::Started
            | ProcessChange::Ready(_)
            | ProcessChange::Retiring(_)
            | ProcessChange::Stopped => return,
        };
        self.complain(&text);
    }

    /// A line that a function wrote.
    pub fn output(&self, function: &str, stream: OutputStream, line: &str) {
        let text = log_line::render(line).map_or_else(
            || line.to_owned(),
            |log| {
                let style = match log.level.as_str() {
                    "ERROR" => Style::new().red().bold(),
                    "WARN" => Style::new().yellow(),
                    _ => Style::new().dimmed(),
                };
                format!("{} {} {}", self.paint(&log.level, style), log.message, self.dim(&log.fields))
            },
        );
        let rendered =
            format!("{:<5}{} {}", "", self.paint(function, Style::new().magenta()), text.trim_end());
        self.print(self.stamped(&rendered), || {
            let stream = if stream == OutputStream::Stderr { "stderr" } else { "stdout" };
            let line = serde_json::from_str(line).unwrap_or_else(|_| json!(line));
            json!({ "kind": "output", "function": function, "stream": stream, "line": line })
        });
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.paint(text, Style::new().dimmed())
    }
}

fn with_error(console: &Console, line: String, error: Option<&str>) -> String {
    match error {
        Some(error) => format!(
            "{line}\n{}",
            console.paint(&format!("         {}", error.replace('\n', "\n         ")), Style::new().red())
        ),
        None => line,
    }
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n           {line}")).collect()
}

fn took(duration: Duration) -> String {
    match duration.as_secs_f64() * 1000.0 {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well_at_every_size() {
        let shown = [420, 9_900, 312_000, 42_000_000].map(|us| took(Duration::from_micros(us)));
        assert_eq!(shown, ["0.4 ms", "9.9 ms", "312 ms", "42.0 s"]);
    }
}
