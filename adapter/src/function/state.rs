//! What is known about a function at this moment. Pure bookkeeping under one short-held lock: which process
//! gets which invocation, and how many processes there should be.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

use super::{
    breaker::Breaker,
    id::InvocationId,
    invocation::{Delivery, Failure, InFlight, Pending},
};
use crate::manifest::FunctionSpec;

/// How long after an answer a process is expected to poll again, so that no further one is started for a
/// request that falls into the gap.
pub(super) const BETWEEN_POLLS: Duration = Duration::from_millis(50);
/// How many ended invocations a process remembers, to tell a late answer from an unknown one.
const REMEMBERED: usize = 64;

#[derive(Debug)]
pub(super) struct State {
    pub(super) spec: Arc<FunctionSpec>,
    /// Counts replacements; only processes of the newest get invocations.
    pub(super) generation: u64,
    pub(super) queue: VecDeque<Pending>,
    pub(super) processes: BTreeMap<u64, Process>,
    pub(super) next_number: u64,
    pub(super) breaker: Breaker,
    pub(super) closing: bool,
    pub(super) review_is_due: bool,
}

#[derive(Debug)]
pub(super) struct Process {
    pub(super) spec: Arc<FunctionSpec>,
    pub(super) generation: u64,
    pub(super) pid: Option<u32>,
    pub(super) phase: Phase,
    pub(super) started: Instant,
    /// Polls that wait for an invocation.
    pub(super) polls: Vec<oneshot::Sender<Delivery>>,
    /// Few enough that a list is faster than a map.
    pub(super) in_flight: Vec<InFlight>,
    recent: VecDeque<InvocationId>,
    /// Most invocations that it was seen to take at a time.
    peak: usize,
    /// When it last answered or polled.
    pub(super) last_active: Instant,
    /// Whether one of its invocations passed its deadline and may still be running.
    pub(super) hangs: bool,
    pub(super) wake: Arc<Notify>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// Has not polled yet.
    Starting,
    /// Polls.
    Ready,
    /// Gets nothing more and ends when it is done.
    Retiring,
    /// Is to be killed at once, for this reason.
    Doomed(String),
}

impl State {
    pub(super) fn new(spec: Arc<FunctionSpec>) -> Self {
        Self {
            spec,
            generation: 0,
            queue: VecDeque::new(),
            processes: BTreeMap::new(),
            next_number: 0,
            breaker: Breaker::default(),
            closing: false,
            review_is_due: false,
        }
    }

    /// After which waiting for a process is pointless.
    pub(super) fn longest_wait(&self) -> Duration {
        self.spec.start_timeout() + self.spec.timeout()
    }

    /// Ends what has waited too long.
    pub(super) fn give_up(&mut self, now: Instant) {
        let after = self.longest_wait();
        while self.queue.front().is_some_and(|pending| pending.give_up <= now) {
            if let Some(pending) = self.queue.pop_front() {
                let _ = pending.reply.send(Err(Failure::QueuedTooLong { after }));
            }
        }
    }

    /// Gives waiting invocations to waiting polls.
    pub(super) fn dispatch(&mut self) {
        while let Some(pending) = self.queue.pop_front() {
            if pending.reply.is_closed() {
                continue;
            }
            if let Some(pending) = self.deliver(pending) {
                self.queue.push_front(pending);
                return;
            }
        }
    }

    /// Returns the invocation if no process can take it.
    fn deliver(&mut self, pending: Pending) -> Option<Pending> {
        let timeout = self.spec.timeout();
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let deadline_ms = (since_epoch + timeout).as_millis();
        let mut delivery = Delivery { invocation: pending.invocation, deadline_ms };
        loop {
            let Some(process) = self.least_busy() else {
                return Some(Pending { invocation: delivery.invocation, ..pending });
            };
            let Some(poll) = process.polls.pop() else { continue };
            let (id, kill) = (delivery.invocation.id, delivery.invocation.kill.clone());
            match poll.send(delivery) {
                Ok(()) => {
                    let deadline = Instant::now() + timeout;
                    if kill.is_some() {
                        process.wake.notify_one();
                    }
                    process.in_flight.push(InFlight::new(id, pending.reply, deadline, kill));
                    return None;
                }
                Err(returned) => delivery = returned,
            }
        }
    }

    fn least_busy(&mut self) -> Option<&mut Process> {
        let generation = self.generation;
        self.processes
            .values_mut()
            .filter(|process| process.generation == generation)
            .filter_map(|process| process.can_take().then_some(process))
            .min_by_key(|process| process.in_flight.len())
    }

    /// How many processes to start for what waits.
    pub(super) fn missing_processes(&self) -> usize {
        let live = self.live();
        if self.queue.is_empty() && live >= self.spec.processes.min as usize {
            return 0;
        }
        let per_process = self.spec.concurrency as usize;
        let for_work = self.queue.len().saturating_sub(self.soon_free()).div_ceil(per_process);
        let for_minimum = (self.spec.processes.min as usize).saturating_sub(live);
        let room = (self.spec.processes.max as usize).saturating_sub(live);
        let wanted = for_work.max(for_minimum).min(room);
        if self.closing || self.breaker.paused().is_some() || self.a_start_is_failing() {
            0
        } else if self.breaker.is_on_trial() {
            wanted.min(1_usize.saturating_sub(self.starting()))
        } else {
            wanted
        }
    }

    /// Until its end has been counted as a failed start, none is started in its place.
    fn a_start_is_failing(&self) -> bool {
        let of_now = |process: &&Process| process.generation == self.generation;
        let fails = |process: &Process| matches!(process.phase, Phase::Doomed(_)) && !process.has_polled();
        self.processes.values().filter(of_now).any(fails)
    }

    /// Whether more wait than may, not counting those that a process will take in a moment.
    pub(super) fn is_overfull(&self) -> bool {
        let (waiting, most) = (self.queue.len(), self.spec.max_queued);
        waiting > most && waiting > most + self.soon_free()
    }

    fn soon_free(&self) -> usize {
        self.live_processes().map(Process::soon_free).sum()
    }

    pub(super) fn live_processes(&self) -> impl Iterator<Item = &Process> {
        let serves = |process: &&Process| {
            process.generation == self.generation && matches!(process.phase, Phase::Starting | Phase::Ready)
        };
        self.processes.values().filter(serves)
    }

    pub(super) fn live(&self) -> usize {
        self.live_processes().count()
    }

    fn starting(&self) -> usize {
        self.live_processes().filter(|process| process.phase == Phase::Starting).count()
    }

    /// All processes finish what they have; new work goes to new ones.
    pub(super) fn retire_all(&mut self) {
        self.generation += 1;
        for process in self.processes.values_mut() {
            process.retire();
        }
    }
}

impl Process {
    pub(super) fn new(spec: Arc<FunctionSpec>, generation: u64) -> Self {
        let now = Instant::now();
        Self {
            spec,
            generation,
            pid: None,
            phase: Phase::Starting,
            started: now,
            polls: Vec::new(),
            in_flight: Vec::new(),
            recent: VecDeque::new(),
            peak: 0,
            last_active: now,
            hangs: false,
            wake: Arc::default(),
        }
    }

    pub(super) fn retire(&mut self) {
        if !matches!(self.phase, Phase::Doomed(_)) {
            self.phase = Phase::Retiring;
        }
        self.wake.notify_one();
    }

    /// Lets the others finish before the one that hangs is killed with the process.
    pub(super) fn retire_hung(&mut self) {
        self.hangs = true;
        self.phase = Phase::Retiring;
    }

    pub(super) fn has_polled(&self) -> bool {
        self.peak > 0
    }

    pub(super) fn doom(&mut self, reason: String) {
        self.phase = Phase::Doomed(reason);
        self.wake.notify_one();
    }

    pub(super) fn polled(&mut self, poll: oneshot::Sender<Delivery>) {
        if self.polls.len() >= self.spec.concurrency as usize {
            self.polls.retain(|poll| !poll.is_closed());
        }
        self.polls.push(poll);
        self.peak = self.peak.max(self.polls.len() + self.in_flight.len());
        self.last_active = Instant::now();
    }

    /// It is about to poll: with one invocation at a time, one that is in flight will not be answered any more.
    pub(super) fn abandon(&mut self) {
        while self.spec.concurrency == 1
            && let Some(id) = self.in_flight.first().map(|in_flight| in_flight.id)
            && let Some(in_flight) = self.finish(id)
        {
            in_flight.waiting.fail(Failure::Unanswered);
        }
    }

    /// Takes an invocation that has ended.
    pub(super) fn finish(&mut self, id: InvocationId) -> Option<InFlight> {
        let place = self.in_flight.iter().position(|in_flight| in_flight.id == id)?;
        let ended = self.in_flight.swap_remove(place);
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(id);
        self.last_active = Instant::now();
        Some(ended)
    }

    pub(super) fn in_flight(&mut self, id: InvocationId) -> Option<&mut InFlight> {
        self.in_flight.iter_mut().find(|in_flight| in_flight.id == id)
    }

    pub(super) fn remembers(&self, id: InvocationId) -> bool {
        self.recent.contains(&id)
    }

    /// Whether it waits for work.
    pub(super) fn is_polling(&self) -> bool {
        self.polls.iter().any(|poll| !poll.is_closed())
    }

    fn can_take(&mut self) -> bool {
        while self.polls.last().is_some_and(oneshot::Sender::is_closed) {
            self.polls.pop();
        }
        let is_full = self.in_flight.len() >= self.spec.concurrency as usize;
        if self.phase != Phase::Ready || self.polls.is_empty() || is_full {
            return false;
        }
        // One that was idle may have died without us having noticed yet.
        if self.in_flight.is_empty() && self.last_active.elapsed() > BETWEEN_POLLS && self.has_died() {
            self.polls.clear();
            self.retire();
            return false;
        }
        true
    }

    fn has_died(&self) -> bool {
        let pid = self.pid.and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        pid.is_some_and(|pid| !matches!(waitid(WaitId::Pid(pid), look), Ok(None)))
    }

    /// Invocations that it can be expected to ask for in a moment, having no poll waiting now.
    fn soon_free(&self) -> usize {
        let most = self.spec.concurrency as usize;
        let settled = self.started.elapsed() > self.spec.start_timeout().min(BETWEEN_POLLS * 10);
        let takes = if settled { most.min(self.peak.max(1)) } else { most };
        match self.phase {
            Phase::Starting => most,
            Phase::Ready if self.last_active.elapsed() < BETWEEN_POLLS => {
                takes.saturating_sub(self.in_flight.len())
            }
            _ => 0,
        }
    }
}
