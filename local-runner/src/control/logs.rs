//! `GET /control/logs`: what functions wrote, one JSON object a line, and what they go on to write.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use adapter::observer::OutputStream;
use axum::{
    Router,
    body::Body,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Control, Refused};
use crate::dashboard::recorder::{Line, read_line};

/// Most lines that are kept, and most bytes of them.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 8 << 20;

/// The lines of all functions, the latest ones.
#[derive(Debug)]
pub struct Logs {
    state: Mutex<Kept>,
    written: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    next: u64,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    function: String,
    request_id: Option<String>,
    line: Line,
}

impl Default for Logs {
    fn default() -> Self {
        Self { state: Mutex::default(), written: watch::Sender::new(0) }
    }
}

impl Logs {
    /// A function wrote a line.
    pub fn wrote(&self, function: &str, stream: OutputStream, text: &str, now: DateTime<Utc>) {
        let (request_id, line) = read_line(text, stream, now);
        let mut state = self.lock();
        let number = state.next;
        let entry = Entry { number, function: function.to_owned(), request_id, line };
        state.bytes += entry.size();
        state.next += 1;
        state.entries.push_back(Arc::new(entry));
        while state.entries.len() > MOST || state.bytes > MOST_BYTES {
            let gone = state.entries.pop_front().map_or(0, |entry| entry.size());
            state.bytes = state.bytes.saturating_sub(gone);
        }
        drop(state);
        self.written.send_replace(number + 1);
    }

    /// The lines from `first` on.
    fn from(&self, first: u64) -> Vec<Arc<Entry>> {
        self.lock().entries.iter().filter(|entry| entry.number >= first).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn size(&self) -> usize {
        200 + self.function.len() + self.line.message.len() + self.line.fields.len()
    }

    /// 0 for the least severe. What is no log line counts as `ERROR` on standard error, else as `INFO`.
    fn severity(&self) -> usize {
        match &self.line.level {
            Some(level) => severity(level).unwrap_or(0),
            None if self.line.plain_error => LEVELS.len() - 1,
            None => 2,
        }
    }

    fn json(&self) -> Value {
        let Line { at, level, message, fields, .. } = &self.line;
        json!({
            "time": at.to_rfc3339(), "function": self.function, "level": level, "message": message,
            "fields": fields, "request_id": self.request_id,
        })
    }
}

const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

fn severity(level: &str) -> Option<usize> {
    LEVELS.iter().position(|known| known.eq_ignore_ascii_case(level))
}

/// Which lines.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// Of this function alone.
    function: Option<String>,
    /// At least as severe.
    level: Option<String>,
    /// Not older.
    since: Option<DateTime<Utc>>,
    /// Goes on with what is written from now on.
    #[serde(default)]
    follow: bool,
}

impl Asked {
    fn wants(&self, entry: &Entry, least: usize) -> bool {
        self.function.as_ref().is_none_or(|function| *function == entry.function)
            && entry.severity() >= least
            && self.since.is_none_or(|since| entry.line.at >= since)
    }
}

pub(super) fn routes() -> Router<Arc<Control>> {
    Router::new().route("/control/logs", get(lines))
}

async fn lines(State(control): State<Arc<Control>>, Query(asked): Query<Asked>) -> Result<Response, Refused> {
    let least = match &asked.level {
        None => 0,
        Some(level) => severity(level).ok_or_else(|| {
            let text = format!("`{level}` is no level; these are: {}", LEVELS.join(", ").to_lowercase());
            Refused(StatusCode::UNPROCESSABLE_ENTITY, text)
        })?,
    };
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    let reading = Reading { logs: Arc::clone(&control.logs), asked, least, next: 0 };
    if reading.asked.follow {
        let written = control.logs.written.subscribe();
        let stream = futures::stream::unfold((reading, written, true), follow);
        return Ok((kind, Body::from_stream(stream)).into_response());
    }
    let mut reading = reading;
    Ok((kind, reading.take()).into_response())
}

struct Reading {
    logs: Arc<Logs>,
    asked: Asked,
    least: usize,
    next: u64,
}

impl Reading {
    /// What was written since the last time.
    fn take(&mut self) -> String {
        let entries = self.logs.from(self.next);
        self.next = entries.last().map_or(self.next, |entry| entry.number + 1);
        let wanted = entries.iter().filter(|entry| self.asked.wants(entry, self.least));
        wanted.map(|entry| format!("{}\n", entry.json())).collect()
    }
}

type Following = (Reading, watch::Receiver<u64>, bool);

/// The first piece is sent at once, also when it is empty, so that the client knows that it is heard.
async fn follow(
    (mut reading, mut written, first): Following,
) -> Option<(Result<String, Infallible>, Following)> {
    loop {
        written.borrow_and_update();
        let text = reading.take();
        if first || !text.is_empty() {
            return Some((Ok(text), (reading, written, false)));
        }
        written.changed().await.ok()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrote(logs: &Logs, function: &str, level: &str, message: &str) {
        let text = json!({ "level": level, "message": message }).to_string();
        logs.wrote(function, OutputStream::Stdout, &text, DateTime::UNIX_EPOCH);
    }

    #[test]
    fn lines_are_chosen_by_function_and_severity_and_given_once() {
        let logs = Arc::new(Logs::default());
        wrote(&logs, "a", "info", "one");
        wrote(&logs, "b", "error", "two");
        logs.wrote("a", OutputStream::Stderr, "panicked", DateTime::UNIX_EPOCH);
        let asked = Asked { function: Some("a".to_owned()), ..Asked::default() };
        let mut reading = Reading { logs: Arc::clone(&logs), asked, least: 3, next: 0 };
        let text = reading.take();
        assert!(text.contains("panicked") && !text.contains("one") && !text.contains("two"), "{text}");
        wrote(&logs, "a", "warn", "three");
        let text = reading.take();
        assert!(text.contains("three") && !text.contains("panicked"), "{text}");
    }

    #[test]
    fn the_oldest_make_room() {
        let logs = Logs::default();
        (0..MOST + 5).for_each(|n| wrote(&logs, "a", "info", &n.to_string()));
        let kept = logs.from(0);
        assert_eq!((kept.len(), kept[0].number), (MOST, 5));
        (0..3_000).for_each(|_| wrote(&logs, "a", "info", &"x".repeat(7_000)));
        assert!(logs.lock().bytes <= MOST_BYTES && logs.from(0).len() > 1_000);
    }
}
