//! What was injected lately, and how often each rule struck.

use std::{collections::VecDeque, sync::Arc};

use chrono::{DateTime, Utc};

/// How many are kept.
const KEPT: usize = 200;

/// One fault that was injected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// When.
    pub at: DateTime<Utc>,
    /// By which rule.
    pub rule: Arc<str>,
    /// What was called: a function, or `sqs.SendMessage velox-import-customers`.
    pub called: String,
    /// Which call it was of those that the rule has seen there, from 1.
    pub call: u64,
    /// What was done, in words.
    pub what: String,
    /// The invocation that it was done to, if it is known.
    pub request_id: Option<String>,
}

/// How often a rule was asked and struck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule.
    pub rule: String,
    /// Calls that it concerned.
    pub calls: u64,
    /// Of these, those that were disturbed.
    pub injected: u64,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// In the order of the rules.
    pub counts: Vec<RuleCount>,
    /// The latest first.
    pub latest: VecDeque<Injected>,
}

impl Ledger {
    pub(super) fn for_rules(rules: impl Iterator<Item = String>) -> Self {
        let counts = rules.map(|rule| RuleCount { rule, calls: 0, injected: 0 }).collect();
        Self { counts, latest: VecDeque::new() }
    }

    /// How many faults there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|count| count.injected).sum()
    }

    pub(super) fn called(&mut self, rule: usize) {
        if let Some(count) = self.counts.get_mut(rule) {
            count.calls += 1;
        }
    }

    pub(super) fn injected(&mut self, rule: usize, injected: Injected) {
        // Another plan may have been set meanwhile.
        let Some(count) = self.counts.get_mut(rule).filter(|count| *count.rule == *injected.rule) else {
            return;
        };
        count.injected += 1;
        self.latest.truncate(KEPT - 1);
        self.latest.push_front(injected);
    }
}
