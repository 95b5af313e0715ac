//! Chaos on demand: what can go wrong with functions and with the services around them, made to go wrong on purpose,
//! by rules ([`rule`]) and a seed.
//!
//! **What is the same again.** Each rule has a sequence of its own for each thing that is called: a function, or a
//! service's operation on one queue, table or bucket. Whether a call is disturbed, and how, follows from the seed, the
//! rule's text, the sequence's name and the number of calls before it in this sequence ([`dice`]), all counted from
//! the moment when rules and seed were set. So the same seed, rules and sequence of calls give the same faults,
//! whatever else goes on at the same time, and a further rule changes nothing for the others.
//!
//! **What is not.** The order in which concurrent calls of one sequence arrive, and how often somebody calls who polls
//! or tries again by the clock: an empty receive of a queue is a call of `sqs.ReceiveMessage`. What a process has done
//! when it is killed after a time, or when its connections are closed. Duplicates and reordering of messages count the
//! messages that were received, so polling does not disturb them.

mod chance;
mod database;
mod dice;
mod fault;
mod functions;
mod ledger;
mod rule;
mod target;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

pub use chance::Chance;
pub use fault::{Crash, Fault, Kind};
pub use functions::Interference;
pub use ledger::{Injected, Ledger, RuleCount};
pub use rule::{Rule, RuleError, read};
pub use target::{Service, Target};
pub(crate) use {rule::targets, target::Called};

use crate::clock::{Clock, SystemClock};

/// Rules and the seed that they are followed with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What goes wrong.
    pub rules: Vec<Rule>,
    /// From which the dice follow.
    pub seed: u64,
}

impl Plan {
    /// The rules as the flag takes them.
    #[must_use]
    pub fn text(&self) -> String {
        self.rules.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    /// A seed for who names none: short enough to be typed.
    #[must_use]
    pub fn any_seed() -> u64 {
        rand::random_range(1..10_000)
    }
}

/// Is told what is done.
pub trait Witness: Send + Sync {
    /// The id of the invocation that runs in this trace (`Root=1-…`), if it is known.
    fn running_in(&self, trace_id: &str) -> Option<String>;
    /// A fault was injected.
    fn injected(&self, injected: &Injected);
    /// Rules or seed were set, or everything was stopped.
    fn planned(&self, plan: &Plan);
}

/// See the module. There is no chaos until rules are set.
pub struct Chaos {
    is_on: AtomicBool,
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    witness: OnceLock<Arc<dyn Witness>>,
    /// As whom connections of the database are closed.
    database_url: OnceLock<String>,
    /// Woken by the invocations of a function, which overtake those that wait here.
    lanes: Mutex<HashMap<String, Arc<Notify>>>,
}

#[derive(Default)]
struct State {
    plan: Plan,
    /// By rule and sequence: how many calls there were.
    calls: HashMap<(usize, String), u64>,
    ledger: Ledger,
}

/// A call that a rule wants to be disturbed.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) fault: Fault,
    /// For what the fault leaves open.
    draw: u64,
    rule: usize,
    text: Arc<str>,
    called: String,
    call: u64,
}

impl Hit {
    /// A number below `bound` that follows from the dice.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        dice::below(self.draw, bound)
    }
}

/// For whom something was disturbed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose<'a> {
    Invocation(&'a str),
    /// The invocation that runs in a trace.
    Trace(&'a str),
    Nobody,
}

impl Default for Chaos {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl std::fmt::Debug for Chaos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chaos").field("plan", &self.plan()).finish_non_exhaustive()
    }
}

impl Chaos {
    /// Calm.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            is_on: AtomicBool::new(false),
            state: Mutex::default(),
            clock,
            witness: OnceLock::new(),
            database_url: OnceLock::new(),
            lanes: Mutex::default(),
        }
    }

    /// Tells this one from now on. Only the first one counts.
    pub fn tell(&self, witness: Arc<dyn Witness>) {
        let _ = self.witness.set(witness);
    }

    /// Closes connections with this connection string, which has to be a superuser's.
    pub fn reach_database(&self, url: &str) {
        let _ = self.database_url.set(url.to_owned());
    }

    /// Follows these rules from now on, all counts beginning anew; without rules all is calm.
    pub fn set(&self, plan: &Plan) {
        {
            let mut state = self.lock();
            state.calls.clear();
            state.ledger = Ledger::for_rules(plan.rules.iter().map(ToString::to_string));
            state.plan = plan.clone();
            self.is_on.store(!plan.rules.is_empty(), Ordering::Release);
        }
        if let Some(witness) = self.witness.get() {
            witness.planned(plan);
        }
    }

    /// Whether there are rules.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Acquire)
    }

    /// The rules and the seed.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.lock().plan.clone()
    }

    /// What was done since the rules were set.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.lock().ledger.clone()
    }

    /// Throws the dice of all rules of these kinds that a call concerns.
    pub(crate) fn throw(&self, called: Called<'_>, kinds: &[Kind]) -> Vec<Hit> {
        if !self.is_on() {
            return Vec::new();
        }
        let mut guard = self.lock();
        let state = &mut *guard;
        let mut hits = Vec::new();
        for (number, rule) in state.plan.rules.iter().enumerate() {
            if !rule.concerns(called, kinds) {
                continue;
            }
            let (name, text) = (called.to_string(), rule.to_string());
            let calls = state.calls.entry((number, name.clone())).or_default();
            let call = *calls;
            *calls += 1;
            state.ledger.called(number);
            let sequence = format!("{text}|{name}");
            if rule.chance.hits(state.plan.seed, &sequence, call) {
                let draw = dice::again(dice::draw(state.plan.seed, &sequence, call));
                hits.push(Hit {
                    fault: rule.fault,
                    draw,
                    rule: number,
                    text: text.into(),
                    called: name,
                    call,
                });
            }
        }
        hits
    }

    /// Notes that a hit was followed: what was done, in words.
    pub(crate) fn note(&self, hit: &Hit, whose: Whose<'_>, what: String) {
        let witness = self.witness.get();
        let request_id = match whose {
            Whose::Invocation(id) => Some(id.to_owned()),
            Whose::Trace(trace) => witness.and_then(|witness| witness.running_in(trace)),
            Whose::Nobody => None,
        };
        let injected = Injected {
            at: self.clock.now(),
            rule: Arc::clone(&hit.text),
            called: hit.called.clone(),
            call: hit.call + 1,
            what,
            request_id,
        };
        self.lock().ledger.injected(hit.rule, injected.clone());
        if let Some(witness) = witness {
            witness.injected(&injected);
        }
    }

    /// Nothing panics under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
