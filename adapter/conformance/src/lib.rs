//! Does a host of Lambda functions do what AWS documents? One program that is both sides of the question: the
//! function that looks at what the host gives it, and the client that looks at what comes out.
//!
//! It speaks the Runtime API over plain sockets, so that no runtime library covers up for the host. How it is used:
//! `README.md`.

#![warn(missing_docs)]

mod driver;
mod environment;
mod event;
mod function;
mod http;
mod sqs;

use serde_json::{Value, json};

/// One rule and whether the host keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Check {
    /// What a host does.
    pub rule: String,
    /// Title of the page of AWS's documentation, or the number of the RFC, that says so.
    pub page: String,
    /// Whether it did.
    pub ok: bool,
    /// What was seen.
    pub saw: String,
}

impl Check {
    fn new(rule: impl Into<String>, page: &str, ok: bool, saw: impl Into<String>) -> Self {
        Self { rule: rule.into(), page: page.to_owned(), ok, saw: saw.into() }
    }

    fn to_json(&self) -> Value {
        json!({ "rule": self.rule, "page": self.page, "ok": self.ok, "saw": self.saw })
    }

    fn from_json(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Self { rule: text("rule"), page: text("page"), ok: value["ok"] == true, saw: text("saw") }
    }
}

/// Is the function: polls the Runtime API that `AWS_LAMBDA_RUNTIME_API` names, until the host ends it.
///
/// # Errors
/// When the Runtime API cannot be reached or answers nonsense.
pub fn run_function() -> std::io::Result<()> {
    function::run()
}

/// Is the client: `base` is a URL such as `http://127.0.0.1:3000/conformance` under which every path and method
/// reaches the function.
///
/// # Errors
/// When the base is no URL or nobody listens there. A rule that is not kept is no error but a [`Check`].
pub fn drive(base: &str) -> std::io::Result<Vec<Check>> {
    driver::drive(base)
}

/// A table for people, and whether every rule was kept.
#[must_use]
pub fn report(checks: &[Check]) -> (String, bool) {
    let line = |check: &Check| {
        let verdict = if check.ok { "ok    " } else { "FAILED" };
        let saw = if check.ok { String::new() } else { format!("\n       saw: {}", check.saw) };
        format!("{verdict} {}  [{}]{saw}\n", check.rule, check.page)
    };
    let failed = checks.iter().filter(|check| !check.ok).count();
    let table: String = checks.iter().map(line).collect();
    (format!("{table}\n{} rules, {failed} not kept\n", checks.len()), failed == 0 && !checks.is_empty())
}
