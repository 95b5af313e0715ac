//! What should happen to a process now: deadlines, retirement, its end.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    Failure, Function,
    id::InvocationId,
    invocation::InFlight,
    state::{Phase, Process, State},
};
use crate::observer::ProcessChange;

/// What the one that watches a process does next.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Order {
    /// Look again at this time, or when woken.
    WaitUntil(Instant),
    /// It has nothing in flight: ask it to end.
    Terminate,
    /// Kill it.
    Kill(String),
}

/// How a process ended.
#[derive(Debug)]
pub(super) struct End {
    pub(super) status: String,
    pub(super) last_lines: Vec<String>,
    /// Whether the adapter wanted it.
    pub(super) asked: bool,
}

impl Function {
    pub(super) fn set_pid(&self, number: u64, pid: Option<u32>) {
        if let Some(process) = self.lock().processes.get_mut(&number) {
            process.pid = pid;
        }
    }

    /// Decides about one process, and ends what is past its deadline.
    pub(super) fn review(self: &Arc<Self>, number: u64) -> Order {
        let mut state = self.lock();
        let surplus = state.live() > state.spec.processes.min as usize;
        let Some(process) = state.processes.get_mut(&number) else {
            return Order::Kill("unknown".to_owned());
        };
        let order = decide(process, surplus, Instant::now());
        if !matches!(order, Order::WaitUntil(_)) || process.phase == Phase::Retiring {
            self.pump(&mut state);
        }
        order
    }

    /// A process has ended: what it had in flight fails, and if it never polled, its start has failed.
    pub(super) fn process_ended(self: &Arc<Self>, number: u64, end: &End) {
        let mut state = self.lock();
        let Some(mut process) = state.processes.remove(&number) else { return };
        for in_flight in process.in_flight.drain(..) {
            let failure = Failure::Crashed { status: end.status.clone(), last_lines: end.last_lines.clone() };
            in_flight.waiting.fail(failure);
        }
        let start_failure = start_failure(&process, end);
        let pause = start_failure.as_ref().map(|reason| self.start_failed(&mut state, reason));
        self.pump(&mut state);
        drop(state);
        match (&start_failure, pause) {
            (Some(reason), Some(pause)) => {
                self.tell(process.pid, ProcessChange::StartFailed { reason, pause });
            }
            _ if end.asked => self.tell(process.pid, ProcessChange::Stopped),
            _ => {
                let change = ProcessChange::Exited { status: &end.status, last_lines: &end.last_lines };
                self.tell(process.pid, change);
            }
        }
        self.process_ended.notify_waiters();
    }

    fn start_failed(self: &Arc<Self>, state: &mut State, reason: &str) -> Duration {
        let pause = state.breaker.failed(reason.to_owned());
        if state.live() == 0 {
            for pending in state.queue.drain(..) {
                let failure = Failure::CannotStart { reason: reason.to_owned(), retry_after: pause };
                let _ = pending.reply.send(Err(failure));
            }
        }
        if state.spec.processes.min > 0 {
            let function = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                function.pump(&mut function.lock());
            });
        }
        pause
    }
}

fn decide(process: &mut Process, surplus: bool, now: Instant) -> Order {
    let start_deadline = process.started + process.spec.start_timeout();
    match &process.phase {
        Phase::Doomed(reason) => return Order::Kill(reason.clone()),
        Phase::Starting if now < start_deadline => return Order::WaitUntil(start_deadline),
        Phase::Starting => {
            let reason = format!("did not ask for work within {} ms", process.spec.start_timeout_ms);
            process.doom(reason.clone());
            return Order::Kill(reason);
        }
        Phase::Ready | Phase::Retiring => {}
    }
    if let Some(reason) = process.in_flight.iter().find_map(|in_flight| in_flight.killed_for(now, false)) {
        process.doom(reason.to_string());
        return Order::Kill(reason.to_string());
    }
    if expire(process, now) {
        if process.spec.concurrency == 1 || process.in_flight.is_empty() {
            return Order::Kill("an invocation passed its deadline".to_owned());
        }
        process.retire_hung();
    }
    if process.in_flight.is_empty() {
        return decide_idle(process, surplus, now);
    }
    // Its end wakes nobody, and the process can be idle for long enough before its deadline.
    let longest = now + process.spec.idle();
    let next =
        process.in_flight.iter().map(|i| i.kill_at().map_or(i.deadline, |at| at.min(i.deadline))).min();
    Order::WaitUntil(next.unwrap_or(now).min(longest))
}

fn decide_idle(process: &mut Process, surplus: bool, now: Instant) -> Order {
    if process.phase == Phase::Retiring {
        return match process.hangs {
            true => Order::Kill("an invocation passed its deadline".to_owned()),
            false => Order::Terminate,
        };
    }
    let poll_deadline = process.last_active + process.spec.start_timeout();
    let polls = process.is_polling();
    if !polls && now >= poll_deadline {
        let reason = format!("did not ask for work again within {} ms", process.spec.start_timeout_ms);
        process.doom(reason.clone());
        return Order::Kill(reason);
    }
    let idle_deadline = process.last_active + process.spec.idle();
    if surplus && now >= idle_deadline {
        process.retire();
        return Order::Terminate;
    }
    // An invocation that begins after now has its deadline later than this.
    let next_deadline = now + process.spec.timeout();
    let next_deadline = if polls { next_deadline } else { next_deadline.min(poll_deadline) };
    Order::WaitUntil(if surplus { idle_deadline.min(next_deadline) } else { next_deadline })
}

/// Ends invocations whose deadline has passed; true if there were any.
fn expire(process: &mut Process, now: Instant) -> bool {
    let is_late = |in_flight: &&InFlight| in_flight.deadline <= now;
    let late: Vec<InvocationId> = process.in_flight.iter().filter(is_late).map(|i| i.id).collect();
    for id in &late {
        if let Some(in_flight) = process.finish(*id) {
            in_flight.waiting.fail(Failure::TimedOut { after: process.spec.timeout() });
        }
    }
    if !late.is_empty() {
        process.retire();
    }
    !late.is_empty()
}

/// Why a start failed, if this end was one: it never polled, and nobody had retired it.
fn start_failure(process: &Process, end: &End) -> Option<String> {
    let with_lines = |reason: &str| {
        let mut text = reason.to_owned();
        for line in &end.last_lines {
            text.push('\n');
            text.push_str(line);
        }
        text
    };
    match &process.phase {
        Phase::Starting => Some(with_lines(&format!("ended before it asked for work: {}", end.status))),
        Phase::Doomed(reason) if !process.has_polled() => Some(with_lines(reason)),
        _ => None,
    }
}
