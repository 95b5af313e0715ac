//! A function: a bounded queue of invocations and the processes that work it off.
//!
//! Invariants: a process that has polled gets an invocation only while it is ready and of the newest
//! generation; every invocation that was accepted ends exactly once, by an answer, an error, its deadline, or
//! the end of its process; a process is signalled only when it has nothing in flight, or to be killed.

mod answers;
mod begun;
mod breaker;
mod copied;
mod disturb;
mod environment;
mod id;
mod invocation;
mod output;
mod process;
mod review;
mod snapshot;
mod state;
mod stream;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

pub(crate) use id::InvocationId;
pub(crate) use invocation::{Answer, Delivery, Failure, Invocation};
pub(crate) use snapshot::Snapshot;
pub(crate) use stream::{AnswerStream, AnswerWriter, StreamHead};

use crate::{
    intercept::{Disturbance, Intercept},
    launcher::Launcher,
    manifest::FunctionSpec,
    memory::Memory,
    metrics::Metrics,
    observer::{Exchange, Invoked, Observer, ProcessChange, ProcessEvent},
};
use begun::Begun;
use copied::Copied;
use invocation::{Pending, Reply};
use state::{BETWEEN_POLLS, Phase, Process, State};

/// What all functions of an adapter share.
pub(crate) struct Hosting {
    /// Told what happens; it counts and passes on.
    pub(crate) observer: Arc<dyn Observer>,
    /// The same, for what only numbers tell.
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) launcher: Launcher,
    pub(crate) region: String,
    pub(crate) account_id: String,
    /// Largest answer in bytes.
    pub(crate) max_answer_bytes: usize,
    /// Holds processes to their memory limits.
    pub(crate) memory: Memory,
    /// The hosting program, where it wants to step in.
    pub(crate) intercept: Option<Arc<dyn Intercept>>,
}

/// See the module.
pub(crate) struct Function {
    pub(crate) name: String,
    /// As invocations name it.
    pub(crate) arn: String,
    pub(crate) hosting: Arc<Hosting>,
    state: Mutex<State>,
    process_ended: Notify,
}

/// What the Runtime API says to an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Receipt {
    /// It was in time.
    Accepted,
    /// The invocation has ended already: it was answered, or its deadline has passed.
    Late,
    /// This process was never given such an invocation.
    Unknown,
}

impl Function {
    pub(crate) fn new(spec: FunctionSpec, hosting: Arc<Hosting>) -> Arc<Self> {
        let function = Arc::new(Self {
            name: spec.name.clone(),
            arn: format!("arn:aws:lambda:{}:{}:function:{}", hosting.region, hosting.account_id, spec.name),
            hosting,
            state: Mutex::new(State::new(Arc::new(spec))),
            process_ended: Notify::new(),
        });
        function.pump(&mut function.lock());
        function
    }

    /// Runs one invocation to its end. If the caller gives up, the invocation goes on if it had begun.
    pub(crate) async fn invoke(self: &Arc<Self>, invocation: Invocation) -> Result<Answer, Failure> {
        let disturbance = self.hosting.intercept.as_ref().and_then(|intercept| {
            let (request_id, trace_id) = (invocation.id.as_str(), invocation.trace_id.as_str());
            intercept.invocation(&Invoked { function: &self.name, request_id, trace_id })
        });
        self.invoke_with(invocation, disturbance).await
    }

    async fn invoke_with(
        self: &Arc<Self>,
        invocation: Invocation,
        disturbance: Option<Disturbance>,
    ) -> Result<Answer, Failure> {
        let ended = if self.hosting.observer.wants_exchanges() {
            self.run_told(invocation, disturbance).await
        } else {
            self.run(invocation, disturbance).await
        };
        ended.inspect_err(|failure| self.hosting.metrics.failed(&self.name, failure))
    }

    /// Runs it and shows event and answer to the observer.
    async fn run_told(
        self: &Arc<Self>,
        invocation: Invocation,
        disturbance: Option<Disturbance>,
    ) -> Result<Answer, Failure> {
        let (started, asked) = (Instant::now(), invocation.clone());
        let begun = Begun::tell(self, &asked);
        let ended = self.run(invocation, disturbance).await;
        begun.has_ended();
        let failure = ended.as_ref().err().map(ToString::to_string).unwrap_or_default();
        self.hosting.observer.exchange(&Exchange {
            function: &self.name,
            request_id: asked.id.as_str(),
            trace_id: &asked.trace_id,
            event: &asked.payload,
            answer: match &ended {
                Ok(Answer::Whole(payload)) => Ok(Some(payload)),
                Ok(Answer::Streamed(_)) => Ok(None),
                Err(_) => Err(&failure),
            },
            duration: started.elapsed(),
        });
        match ended {
            Ok(Answer::Streamed(stream)) => {
                let (observer, limit) = (Arc::clone(&self.hosting.observer), self.hosting.max_answer_bytes);
                Ok(Answer::Streamed(stream.copied(Copied::new(observer, asked.id.to_string(), limit))))
            }
            ended => ended,
        }
    }

    async fn run(
        self: &Arc<Self>,
        invocation: Invocation,
        disturbance: Option<Disturbance>,
    ) -> Result<Answer, Failure> {
        match disturbance {
            Some(disturbance) => self.run_disturbed(invocation, disturbance).await,
            None => self.run_undisturbed(invocation).await,
        }
    }

    async fn run_undisturbed(self: &Arc<Self>, invocation: Invocation) -> Result<Answer, Failure> {
        let (reply, end) = oneshot::channel();
        self.admit(invocation, reply)?;
        end.await.unwrap_or(Err(Failure::ShuttingDown))
    }

    /// New invocations go to new processes; the old ones finish what they have.
    pub(crate) fn replace(self: &Arc<Self>, spec: Option<FunctionSpec>) {
        let mut state = self.lock();
        let was_running = state.live() > 0;
        if let Some(spec) = spec {
            state.spec = Arc::new(spec);
        }
        state.retire_all();
        state.breaker.reset();
        if was_running && !state.closing {
            self.start_process(&mut state);
        }
        self.pump(&mut state);
    }

    /// Whether its processes could serve this specification as they are.
    pub(crate) fn runs_the_same_as(&self, spec: &FunctionSpec) -> bool {
        self.lock().spec.runs_the_same_as(spec)
    }

    /// Refuses what waits and what comes; processes end when they are done.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closing = true;
        for pending in state.queue.drain(..) {
            let _ = pending.reply.send(Err(Failure::ShuttingDown));
        }
        state.retire_all();
    }

    /// Kills what is left.
    pub(crate) fn kill(&self) {
        for process in self.lock().processes.values_mut() {
            process.doom("the adapter is shutting down".to_owned());
        }
    }

    /// Waits for the last process to end.
    pub(crate) async fn ended(&self) {
        loop {
            let next = self.process_ended.notified();
            tokio::pin!(next);
            next.as_mut().enable();
            if self.lock().processes.is_empty() {
                return;
            }
            next.await;
        }
    }

    /// A process asks for an invocation.
    pub(crate) fn poll(self: &Arc<Self>, number: u64) -> oneshot::Receiver<Delivery> {
        let (poll, delivery) = oneshot::channel();
        let mut state = self.lock();
        let Some(process) = state.processes.get_mut(&number) else { return delivery };
        process.abandon();
        process.polled(poll);
        let first = process.phase == Phase::Starting;
        if first {
            process.phase = Phase::Ready;
            let (pid, took) = (process.pid, process.started.elapsed());
            process.wake.notify_one();
            state.breaker.reset();
            self.pump(&mut state);
            drop(state);
            self.tell(pid, ProcessChange::Ready(took));
        } else {
            self.pump(&mut state);
        }
        delivery
    }

    /// A process says that it cannot start.
    pub(crate) fn init_failed(&self, number: u64, reason: String) {
        if let Some(process) = self.lock().processes.get_mut(&number)
            && process.phase == Phase::Starting
        {
            process.doom(reason);
        }
    }

    pub(crate) fn tell(&self, pid: Option<u32>, change: ProcessChange<'_>) {
        self.hosting.observer.process(&ProcessEvent { function: &self.name, pid, change });
    }

    fn admit(self: &Arc<Self>, invocation: Invocation, reply: Reply) -> Result<(), Failure> {
        let mut state = self.lock();
        if state.closing {
            return Err(Failure::ShuttingDown);
        }
        if let Some((reason, retry_after)) = state.breaker.paused()
            && state.live() == 0
        {
            return Err(Failure::CannotStart { reason: reason.to_owned(), retry_after });
        }
        let give_up = Instant::now() + state.longest_wait();
        state.queue.push_back(Pending { invocation, reply, give_up });
        self.pump(&mut state);
        if state.is_overfull() {
            state.queue.retain(|waiting| !waiting.reply.is_closed());
        }
        if state.is_overfull() {
            state.queue.pop_back();
            return Err(Failure::QueueFull { waiting: state.queue.len() });
        }
        Ok(())
    }

    /// Hands out what waits and starts what is missing.
    fn pump(self: &Arc<Self>, state: &mut State) {
        state.dispatch();
        for _ in 0..state.missing_processes() {
            self.start_process(state);
        }
        if !state.queue.is_empty() && !state.review_is_due {
            state.review_is_due = true;
            let function = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(BETWEEN_POLLS).await;
                let mut state = function.lock();
                state.review_is_due = false;
                state.give_up(Instant::now());
                function.pump(&mut state);
            });
        }
    }

    fn start_process(self: &Arc<Self>, state: &mut State) {
        let number = state.next_number;
        state.next_number += 1;
        let process = Process::new(Arc::clone(&state.spec), state.generation);
        let wake = Arc::clone(&process.wake);
        state.processes.insert(number, process);
        tokio::spawn(process::run(Arc::clone(self), number, Arc::clone(&state.spec), wake));
    }

    /// No code that can panic runs under the lock, so a poisoned one is still consistent.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
