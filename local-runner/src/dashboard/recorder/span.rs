//! Timings that functions tell the local runner: one JSON line per finished span (`bootstrap`'s module `spans`).

use serde::Deserialize;

/// What a span is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The handler's whole work.
    Root,
    /// A part of it.
    Part,
    /// A statement to the database.
    Sql,
    /// A call of an AWS service.
    Aws,
}

/// A finished span.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Span {
    /// What it is about.
    pub kind: Kind,
    /// `SELECT customers`, `SQS.SendMessage`, ….
    pub name: String,
    /// Its beginning, in µs since 1970.
    pub start_us: u64,
    /// Its length in µs.
    pub us: u64,
    /// The whole statement.
    #[serde(default)]
    pub detail: String,
    /// Rows that a statement returned or changed.
    pub rows: Option<u64>,
}

#[derive(Deserialize)]
struct Told {
    request_id: String,
    span: Span,
}

/// With what such a line begins, so that other lines cost nothing.
const BEGINS: &str = "{\"velox_span\":1,";

impl Span {
    pub(super) fn size(&self) -> usize {
        120 + self.name.len() + self.detail.len()
    }
}

/// The span that a line tells of, and its request.
pub(super) fn parse(line: &str) -> Option<(String, Span)> {
    if !line.starts_with(BEGINS) {
        return None;
    }
    let told: Told = serde_json::from_str(line).ok()?;
    Some((told.request_id, told.span))
}
