//! How fast a mapping goes: how many pollers it has, how many batches it works on, and when it holds back.
//!
//! After "Configuring scaling behavior for SQS event source mappings" and "Handling errors for an SQS event source
//! in Lambda": an idle queue costs one long poll; polls that come back full at once mean a backlog and bring further
//! pollers; empty ones take them away. Failing or throttled invocations reduce how many batches are worked on at a
//! time, successes restore it. A receive call that fails pauses all pollers, ever longer.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// More receive calls at a time bring little: one gets up to 10 messages in a few milliseconds.
const MOST_POLLERS: usize = 20;

/// See the module.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// Batches that may be received and worked on at a time.
    concurrency: usize,
    /// Pollers that may wait at a time.
    pollers: usize,
    polling: usize,
    working: usize,
    /// Worked on, being deleted.
    finishing: usize,
    pause: Duration,
    resume: Option<Instant>,
}

/// What a poll brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Polled {
    /// As much as was asked for, without waiting: there is more.
    Backlog,
    /// Something.
    Some,
    /// Nothing.
    Nothing,
}

/// How an invocation went, as far as the next ones are concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Went {
    /// It was answered.
    Well,
    /// The function failed.
    Badly,
    /// The function did not take it: throttled, cannot start.
    Refused,
}

impl Pace {
    /// At most so many batches at a time.
    pub(super) fn new(maximum_concurrency: u32) -> Arc<Self> {
        let most = maximum_concurrency as usize;
        let state = State {
            concurrency: most,
            pollers: 1,
            polling: 0,
            working: 0,
            finishing: 0,
            pause: FIRST_PAUSE,
            resume: None,
        };
        Arc::new(Self { most, state: Mutex::new(state), changed: Notify::new() })
    }

    /// Waits until another batch may be received.
    pub(super) async fn turn(self: &Arc<Self>) -> Turn {
        loop {
            let resume = {
                let mut state = self.lock();
                let paused = state.resume.filter(|at| *at > Instant::now());
                if paused.is_none() && state.has_room(self.most) {
                    let only = state.polling == 0;
                    state.polling += 1;
                    return Turn { pace: Arc::clone(self), phase: Phase::Polling, only };
                }
                paused
            };
            match resume {
                Some(at) => tokio::time::sleep_until(at).await,
                None => self.changed.notified().await,
            }
        }
    }

    /// A receive call failed: nobody polls until the pause is over, and then one does. Returns when that is.
    pub(super) fn receive_failed(&self) -> Instant {
        let mut state = self.lock();
        let now = Instant::now();
        // Others that failed at the same time make the pause no longer.
        if let Some(at) = state.resume.filter(|at| *at > now) {
            return at;
        }
        state.pollers = 1;
        let at = now + state.pause.mul_f64(rand::random_range(0.5..1.0));
        state.pause = (state.pause * 2).min(LONGEST_PAUSE);
        state.resume = Some(at);
        at
    }

    /// An invocation has ended, or was refused and will be tried again.
    pub(super) fn went(&self, went: Went) {
        let mut state = self.lock();
        state.concurrency = match went {
            Went::Well => (state.concurrency + 1).min(self.most),
            Went::Badly => (state.concurrency - 1).max(1),
            Went::Refused => (state.concurrency / 2).max(1),
        };
        drop(state);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self, most: usize) -> bool {
        self.polling < self.pollers
            && self.polling + self.working < self.concurrency
            // Deleting that is slower than working would pile up.
            && self.finishing < most * 2 + 8
    }

    fn polled(&mut self, polled: Polled, most: usize) {
        self.pause = FIRST_PAUSE;
        self.resume = None;
        self.pollers = match polled {
            Polled::Backlog => (self.pollers * 2).min(most.min(MOST_POLLERS)),
            Polled::Some => self.pollers,
            Polled::Nothing => (self.pollers / 2).max(1),
        };
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Polling,
    Working,
    Finishing,
}

/// The right to receive a batch and to work on it. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    pace: Arc<Pace>,
    phase: Phase,
    only: bool,
}

impl Turn {
    /// Whether nobody else polls this queue at the moment.
    pub(super) fn is_the_only_poller(&self) -> bool {
        self.only
    }

    /// The poll is over and there is work.
    pub(super) fn polled(&mut self, polled: Polled) {
        self.enter(Phase::Working, |state, most| state.polled(polled, most));
    }

    /// The work is done; another batch may be received while this one is being deleted.
    pub(super) fn worked(&mut self) {
        self.enter(Phase::Finishing, |_, _| {});
    }

    fn enter(&mut self, phase: Phase, change: impl FnOnce(&mut State, usize)) {
        let mut state = self.pace.lock();
        *count(&mut state, self.phase) -= 1;
        *count(&mut state, phase) += 1;
        change(&mut state, self.pace.most);
        drop(state);
        self.phase = phase;
        self.pace.changed.notify_one();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *count(&mut self.pace.lock(), self.phase) -= 1;
        self.pace.changed.notify_one();
    }
}

fn count(state: &mut State, phase: Phase) -> &mut usize {
    match phase {
        Phase::Polling => &mut state.polling,
        Phase::Working => &mut state.working,
        Phase::Finishing => &mut state.finishing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn turns(pace: &Arc<Pace>) -> Vec<Turn> {
        std::iter::from_fn(|| pace.turn().now_or_never()).collect()
    }

    #[tokio::test]
    async fn an_idle_queue_has_one_poller_and_a_backlog_brings_more_up_to_the_maximum_concurrency() {
        let pace = Pace::new(5);
        let mut polling = turns(&pace);
        assert!(polling.len() == 1 && polling[0].is_the_only_poller());
        polling[0].polled(Polled::Backlog);
        polling.extend(turns(&pace));
        assert_eq!(polling.len(), 3, "one works, two poll");
        polling[1].polled(Polled::Backlog);
        polling[2].polled(Polled::Backlog);
        polling.extend(turns(&pace));
        assert_eq!(polling.len(), 5, "no batch is received that could not be worked on");
        polling.drain(..3);
        assert_eq!(turns(&pace).len(), 3);
    }

    #[tokio::test]
    async fn empty_polls_lead_back_to_one_poller() {
        let pace = Pace::new(8);
        for _ in 0..3 {
            pace.turn().await.polled(Polled::Backlog);
        }
        assert_eq!(turns(&pace).len(), 8);
        for _ in 0..3 {
            pace.turn().await.polled(Polled::Nothing);
        }
        assert_eq!(turns(&pace).len(), 1);
    }

    #[tokio::test]
    async fn refused_invocations_halve_what_is_worked_on_and_successes_restore_it() {
        let pace = Pace::new(8);
        for _ in 0..3 {
            pace.turn().await.polled(Polled::Backlog);
        }
        pace.went(Went::Refused);
        pace.went(Went::Badly);
        assert_eq!(turns(&pace).len(), 3);
        (0..9).for_each(|_| pace.went(Went::Refused));
        assert_eq!(turns(&pace).len(), 1);
        (0..9).for_each(|_| pace.went(Went::Well));
        assert_eq!(turns(&pace).len(), 8);
    }

    #[tokio::test]
    async fn a_failed_receive_pauses_all_pollers_once() {
        let pace = Pace::new(4);
        pace.turn().await.polled(Polled::Backlog);
        let resume = pace.receive_failed();
        assert_eq!(pace.receive_failed(), resume);
        assert!(turns(&pace).is_empty());
        tokio::time::sleep_until(resume).await;
        assert_eq!(turns(&pace).len(), 1);
    }

    #[tokio::test]
    async fn a_batch_that_is_being_deleted_makes_room_for_the_next() {
        let pace = Pace::new(1);
        let mut turn = pace.turn().await;
        turn.polled(Polled::Some);
        assert!(turns(&pace).is_empty());
        turn.worked();
        assert_eq!(turns(&pace).len(), 1);
    }
}
